"""Self-check of the lesson `designing_for_change`: edits of a swap, what leaks through a port, framework or plain.

The listing, the facts and the teams stand in the lesson and, where anything is computed from them, here as data.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from autograde.answers import AnswerSheet, Number, answer
from autograde.findings import Judgement, Misconception
from autograde.judging import judge_choice, judge_number, judge_set
from autograde.registry import Check

LESSON = "designing_for_change"

# --- Task 1: how many files a swap edits ------------------------------------------------------------------------------

USES = {
    "main.py": {"adapter a"},
    "adapters/a.py": {"library a", "port"},
    "triage.py": {"port"},
    "refunds.py": {"library a"},
    "checkout.py": {"port", "library a"},
    "cost_report.py": {"replies of a"},
    "tests/contract.py": {"port"},
}
"""What each file of the listing uses. Adapters are added and kept, so `adapters/a.py` itself is not edited."""

SEAM_LINES, ADAPTER_LINES, LINES_A_PROGRAM, PROGRAMS = 150, 40, 20, 5


class Edits(AnswerSheet):
    """The edits of one swap, of the next one, and the swap after which a seam has paid."""

    files_now: Number = answer("how many existing files are edited for the swap from A to B")
    files_next_time: Number = answer("how many existing files are edited for the swap from B to C")
    pays_after_swaps: Number = answer("the first number of swaps after which the seam has paid, a whole number")


IMPORTS_ONLY = Misconception(
    "imports_only",
    "This counts the files that import the vendor's library or build its adapter. A file that reads the names of the "
    "vendor's fields depends on it as well, and no import shows it.",
)
START_FORGOTTEN = Misconception(
    "start_forgotten",
    "Somebody has to choose the adapter. The start of the program is edited at every swap: that is its task.",
)
ADAPTER_EDITED = Misconception(
    "adapter_edited",
    "This edits the old adapter too. The new one is a new file; the old one stays as it is, as a spare and a way back.",
)
USERS_OF_THE_PORT = Misconception(
    "users_of_the_port",
    "This counts files that use the port alone. They know no vendor, so a swap does not reach them.",
)
EVERY_FILE = Misconception(
    "every_file", "This is every file of the listing. Look at what each one knows of the vendor."
)
ADAPTERS_FREE = Misconception(
    "adapters_free",
    "After so many swaps the seam itself has paid, but each swap also writes an adapter. Or the quotient was rounded "
    "down: by then it has not paid yet.",
)
ONE_PROGRAM = Misconception(
    "one_program", "This is for a single program. Without the seam every program has to be changed at every swap."
)
NOT_WHOLE = Misconception("not_whole", "Swaps come whole: the seam has paid after the first whole number above this.")

edits = Check(
    f"{LESSON}.edits",
    "Count the edits",
    Edits,
    (
        IMPORTS_ONLY,
        START_FORGOTTEN,
        ADAPTER_EDITED,
        USERS_OF_THE_PORT,
        EVERY_FILE,
        ADAPTERS_FREE,
        ONE_PROGRAM,
        NOT_WHOLE,
    ),
    case="demonstration",
)


@edits.finding("Files edited for the swap", points=1, needs=["files_now"])
def edited_now(answers: Edits, case: Any) -> Judgement:
    """Whatever knows the vendor, by its library, by its adapter or by the names in its replies."""
    knowing = {name for name, uses in USES.items() if uses != {"port"} and not name.startswith("adapters/")}
    readers = {name for name, uses in USES.items() if "replies of a" in uses}
    return judge_number(
        answers.files_now,
        len(knowing),
        unit="files",
        why="A dependency is whatever has to change when the other side does. Imports show only a part of it.",
        misconceptions={
            IMPORTS_ONLY: len(knowing - readers),
            ADAPTER_EDITED: len(knowing) + 1,
            USERS_OF_THE_PORT: len(knowing) + 2,
            EVERY_FILE: len(USES),
        },
    )


@edits.finding("Files edited for the next swap", points=1, needs=["files_next_time"])
def edited_next_time(answers: Edits, case: Any) -> Judgement:
    """The start of the program alone."""
    return judge_number(
        answers.files_next_time,
        1,
        unit="files",
        why="One file that chooses is what a seam promises, no less: zero would mean that nobody chooses.",
        misconceptions={START_FORGOTTEN: 0, ADAPTER_EDITED: 2, USERS_OF_THE_PORT: 4, EVERY_FILE: len(USES)},
    )


@edits.finding("When the seam has paid", points=1, needs=["pays_after_swaps"])
def paid(answers: Edits, case: Any) -> Judgement:
    """The first whole number of swaps at which the edits saved exceed the seam and its adapters."""
    saved = PROGRAMS * LINES_A_PROGRAM
    exact = SEAM_LINES / (saved - ADAPTER_LINES)
    return judge_number(
        answers.pays_after_swaps,
        math.ceil(exact),
        unit="swaps",
        why="The seam is paid first and earns with every swap. How many there will be is the question to ask first.",
        misconceptions={
            ADAPTERS_FREE: math.ceil(SEAM_LINES / saved),
            NOT_WHOLE: exact,
            ONE_PROGRAM: math.ceil(SEAM_LINES / LINES_A_PROGRAM),
        },
    )


# --- Task 2: what leaks -----------------------------------------------------------------------------------------------

LEAKS = frozenset("acefh")
"""Facts that tie the application to a vendor or a model."""


class Leaks(AnswerSheet):
    """The facts that leak a vendor or a model."""

    leaks: list[Literal["a", "b", "c", "d", "e", "f", "g", "h"]] = answer("a list of letters, such as ['b']")


NAMES_ONLY = Misconception(
    "names_only",
    "This finds the vendor's names in types and errors. What a model counts as a token, what it writes and where it "
    "places a text are the vendor's too, and no type shows them.",
)
VECTORS_ARE_VECTORS = Misconception(
    "vectors_are_vectors",
    "Vectors of two embedding models cannot be compared. Stored ones tie the system to the model that made them, "
    "whatever the port looks like.",
)
TOKENS_ARE_TOKENS = Misconception(
    "tokens_are_tokens",
    "Forty tokens are another length of text for every tokenizer. A limit that stands for 160 characters was set for "
    "one of them.",
)
CHOOSING_IS_A_LEAK = Misconception(
    "choosing_is_a_leak",
    "Somebody has to know which provider is in use. The start of the program, or a log entry that names it, is where "
    "that belongs.",
)
ADAPTER_IS_A_LEAK = Misconception(
    "adapter_is_a_leak",
    "An adapter that turns the vendor's error into the port's is where the leak is stopped, not one itself.",
)

leaking = Check(
    f"{LESSON}.leaks",
    "What leaks through a port",
    Leaks,
    (NAMES_ONLY, VECTORS_ARE_VECTORS, TOKENS_ARE_TOKENS, CHOOSING_IS_A_LEAK, ADAPTER_IS_A_LEAK),
    case="demonstration",
)


@leaking.finding("Facts that leak", points=3, needs=["leaks"])
def facts_that_leak(answers: Leaks, case: Any) -> Judgement:
    """Names, errors, tokens, texts and vectors."""
    return judge_set(
        answers.leaks,
        LEAKS,
        what="facts",
        why="What leaks silently is found on the day of the swap. What is known can be measured, limited or priced.",
        misconceptions={
            NAMES_ONLY: LEAKS - set("efh"),
            VECTORS_ARE_VECTORS: LEAKS - {"h"},
            TOKENS_ARE_TOKENS: LEAKS - {"e"},
            CHOOSING_IS_A_LEAK: LEAKS | set("dg"),
            ADAPTER_IS_A_LEAK: LEAKS | {"b"},
        },
    )


# --- Task 3: framework or plain, and the fact that decides ------------------------------------------------------------

Way = Literal["plain", "LangGraph", "LlamaIndex"]
Fact = Literal["start-up", "state", "connectors", "audit", "fewer lines", "popularity"]
WAYS = "'plain', 'LangGraph' or 'LlamaIndex'"
FACTS = "'start-up', 'state', 'connectors', 'audit', 'fewer lines' or 'popularity'"


class Frameworks(AnswerSheet):
    """A way for each of three teams, and the fact that decides."""

    kiosk: Way = answer(WAYS)
    kiosk_fact: Fact = answer(FACTS)
    claims: Way = answer(WAYS)
    claims_fact: Fact = answer(FACTS)
    archive: Way = answer(WAYS)
    archive_fact: Fact = answer(FACTS)


IMPORT_IGNORED = Misconception(
    "import_ignored",
    "A framework's import alone can take longer than the second that is allowed, and each question pays it. Three "
    "fixed steps need nothing of it.",
)
STATE_BY_HAND = Misconception(
    "state_by_hand",
    "Then checkpoints, resumption and the wait for a person are yours to write and to test. That is the part of a "
    "framework that is hardest to do better.",
)
CONNECTORS_BY_HAND = Misconception(
    "connectors_by_hand",
    "Eleven readers do not fit into four weeks, and the pilot may be thrown away. Take those that others maintain.",
)
OTHER_STRENGTH = Misconception(
    "other_strength",
    "This framework is good at something else. Take one for what this team lacks: what is it?",
)
LINES_DECIDE = Misconception(
    "lines_decide",
    "Both frameworks needed more lines for a RAG with fixed steps, not fewer. Where they save, it is because they hold "
    "something that you would have to write: name that.",
)
POPULARITY_DECIDES = Misconception(
    "popularity_decides",
    "That others use it says that it will be maintained. It does not say that it fits these steps, this start-up time "
    "or this state.",
)
AUDIT_DECIDES = Misconception(
    "audit_decides",
    "Packages to audit are a cost of any framework, but nothing in this team's situation makes it the deciding one.",
)

frameworks = Check(
    f"{LESSON}.frameworks",
    "Framework or plain, and the fact that decides",
    Frameworks,
    (
        IMPORT_IGNORED,
        STATE_BY_HAND,
        CONNECTORS_BY_HAND,
        OTHER_STRENGTH,
        LINES_DECIDE,
        POPULARITY_DECIDES,
        AUDIT_DECIDES,
    ),
    case="demonstration",
)

_NO_FACTS = {"fewer lines": LINES_DECIDE, "popularity": POPULARITY_DECIDES, "audit": AUDIT_DECIDES}


@frameworks.finding("The kiosk", points=1, needs=["kiosk"])
def for_kiosk(answers: Frameworks, case: Any) -> Judgement:
    """Plain: the import would use up the second."""
    return judge_choice(
        answers.kiosk,
        "plain",
        why="What is imported at each start is paid for by each question.",
        misconceptions={"LangGraph": IMPORT_IGNORED, "LlamaIndex": IMPORT_IGNORED},
    )


@frameworks.finding("The fact that decides for the kiosk", points=1, needs=["kiosk_fact"])
def kiosk_decided_by(answers: Frameworks, case: Any) -> Judgement:
    """Start-up."""
    return judge_choice(
        answers.kiosk_fact,
        "start-up",
        why="A second, less 400 ms for the model, is all that start, search and request may take.",
        misconceptions=_NO_FACTS,
    )


@frameworks.finding("The claims", points=1, needs=["claims"])
def for_claims(answers: Frameworks, case: Any) -> Judgement:
    """LangGraph: conversations wait for a person across deployments."""
    return judge_choice(
        answers.claims,
        "LangGraph",
        why="Checkpoints and interrupts are this framework's reason to be.",
        misconceptions={"plain": STATE_BY_HAND, "LlamaIndex": OTHER_STRENGTH},
    )


@frameworks.finding("The fact that decides for the claims", points=1, needs=["claims_fact"])
def claims_decided_by(answers: Frameworks, case: Any) -> Judgement:
    """State."""
    return judge_choice(
        answers.claims_fact,
        "state",
        why="A conversation that outlives its process needs a store, a format and a place to go on from.",
        misconceptions=_NO_FACTS,
    )


@frameworks.finding("The archive", points=1, needs=["archive"])
def for_archive(answers: Frameworks, case: Any) -> Judgement:
    """LlamaIndex: readers for many sources, for a pilot."""
    return judge_choice(
        answers.archive,
        "LlamaIndex",
        why="A pilot buys an answer, not a system. Defaults that nobody has read are a fair price for four weeks.",
        misconceptions={"plain": CONNECTORS_BY_HAND, "LangGraph": OTHER_STRENGTH},
    )


@frameworks.finding("The fact that decides for the archive", points=1, needs=["archive_fact"])
def archive_decided_by(answers: Frameworks, case: Any) -> Judgement:
    """Connectors."""
    return judge_choice(
        answers.archive_fact,
        "connectors",
        why="If the pilot succeeds, two or three sources will turn out to matter; these may get readers of their own.",
        misconceptions=_NO_FACTS,
    )
