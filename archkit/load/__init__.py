"""Load on a service of replicas, simulated request by request, and the formulas that it is checked against.

Arrivals with a daily shape, bursts and a spike; calls of a language model; replicas with slots and one bounded queue;
an autoscaler with a delay; clients who give up and come again. A million requests take about a second.
"""

from archkit.load.calls import ExponentialCalls, ModelCalls
from archkit.load.figures import timeline
from archkit.load.fleet import Autoscaler, Clients, Fleet
from archkit.load.formulas import chance_of_waiting, chance_of_waiting_longer, mean_wait
from archkit.load.run import OUTCOMES, Run, Summary
from archkit.load.simulation import simulate
from archkit.load.traffic import Spike, Traffic, arrivals

__all__ = [
    "OUTCOMES",
    "Autoscaler",
    "Clients",
    "ExponentialCalls",
    "Fleet",
    "ModelCalls",
    "Run",
    "Spike",
    "Summary",
    "Traffic",
    "arrivals",
    "chance_of_waiting",
    "chance_of_waiting_longer",
    "mean_wait",
    "simulate",
    "timeline",
]
