"""Every system and term that the course promises is run or decided upon in a lesson: this table says in which."""

import re
from pathlib import Path

import pytest

MARKDOWN = Path(__file__).resolve().parents[2] / "markdown"

# The term, the lesson that teaches it, and words of which that lesson must hold at least two occurrences.
TAUGHT = [
    ("Kubernetes", "1_foundations/cloud_substrate", r"Kubernetes|kubernetes-validate"),
    ("Terraform", "1_foundations/cloud_substrate", r"Terraform"),
    ("Amazon SageMaker", "1_foundations/cloud_substrate", r"SageMaker|cloud_ai_services"),
    ("Amazon Bedrock", "1_foundations/cloud_substrate", r"Bedrock|cloud_ai_services"),
    ("Microsoft Azure AI", "1_foundations/cloud_substrate", r"Microsoft|cloud_ai_services"),
    ("Google Vertex AI", "1_foundations/cloud_substrate", r"Google|cloud_ai_services"),
    ("data lakes", "1_foundations/data_architecture", r"\blake"),
    ("streaming pipelines", "1_foundations/data_architecture", r"\bstream"),
    ("vector databases", "1_foundations/data_architecture", r"vector store|Chroma"),
    ("LangChain", "1_foundations/retrieval", r"LangChain|langchain"),
    ("RAG", "1_foundations/retrieval", r"retriev"),
    ("LangGraph", "2_system_design/agents", r"LangGraph|langgraph"),
    ("multi-agent orchestration", "2_system_design/agents", r"multi-agent|agents"),
    ("batch and real time", "2_system_design/patterns", r"[Bb]atch|[Rr]eal[- ]time"),
    ("model-routing gateways", "2_system_design/patterns", r"gateway|rout(?:er|ing)"),
    ("LlamaIndex", "2_system_design/designing_for_change", r"LlamaIndex|llama_index"),
    ("loose coupling", "2_system_design/designing_for_change", r"coupl"),
    ("event-driven architecture", "2_system_design/contracts_and_events", r"[Ee]vent"),
    ("API contracts", "2_system_design/contracts_and_events", r"[Cc]ontract"),
    ("Llama", "3_technology_selection/open_weight_or_managed", r"Llama"),
    ("Mistral", "3_technology_selection/open_weight_or_managed", r"Mistral"),
    ("OpenAI", "3_technology_selection/open_weight_or_managed", r"OpenAI"),
    ("Anthropic", "3_technology_selection/open_weight_or_managed", r"Anthropic"),
    ("Ray", "3_technology_selection/choosing_the_stack", r"\bRay\b|\bray\b"),
    ("MLflow", "3_technology_selection/choosing_the_stack", r"MLflow|mlflow"),
    ("Kubeflow", "3_technology_selection/choosing_the_stack", r"Kubeflow|kfp"),
    ("architecture decision records", "3_technology_selection/decision_records", r"decision record|ADR"),
    ("horizontal scaling", "4_scale_and_cost/queues_and_scaling", r"horizontal|replica"),
    ("queuing", "4_scale_and_cost/queues_and_scaling", r"queue"),
    ("graceful degradation", "4_scale_and_cost/reliability", r"[Dd]egrad"),
    ("fallback routing", "4_scale_and_cost/reliability", r"fallback"),
    ("semantic caching", "4_scale_and_cost/semantic_cache", r"semantic cache"),
    ("FinOps", "4_scale_and_cost/cost", r"FinOps|spend"),
    ("cost monitoring and budget alerts", "4_scale_and_cost/cost", r"budget|alert"),
    ("EU AI Act", "5_governance/regulation", r"AI Act"),
    ("NIST AI RMF", "5_governance/regulation", r"NIST|AI RMF"),
    ("AWS Well-Architected Framework", "5_governance/regulation", r"Well-Architected"),
    ("audit trails", "5_governance/auditability", r"audit"),
    (
        "certifications, courses, books and standards",
        "5_governance/business_value",
        r"[Cc]ertificat|[Bb]ooks|[Ss]tandards",
    ),
]


WRITTEN = [row for row in TAUGHT if (MARKDOWN / f"{row[1]}.md").exists()]


@pytest.mark.parametrize(("term", "lesson", "words"), WRITTEN, ids=[term for term, _, _ in WRITTEN])
def test_the_lesson_that_is_named_for_a_term_teaches_it(term: str, lesson: str, words: str) -> None:
    found = re.findall(words, (MARKDOWN / f"{lesson}.md").read_text(encoding="utf-8"))
    assert len(found) >= 2, f"{term} is hardly in {lesson}"


def test_a_module_that_has_lessons_has_all_that_the_table_names() -> None:
    modules = {folder.name for folder in MARKDOWN.iterdir() if re.match(r"[1-9]_", folder.name)}
    named = {lesson for _, lesson, _ in TAUGHT}
    assert modules <= {lesson.partition("/")[0] for lesson in named}
    missing = {lesson for lesson in named if lesson.partition("/")[0] in modules} - {lesson for _, lesson, _ in WRITTEN}
    assert not missing
