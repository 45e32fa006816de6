"""The recorded AI services of the clouds: dated, with sources, by their present names."""

import datetime
import json

from archkit.course import data_folder

RECORDED = json.loads((data_folder() / "cloud_ai_services.json").read_text(encoding="utf-8"))


def test_the_record_says_of_which_day_it_is():
    assert datetime.date.fromisoformat(RECORDED["as_of"]) >= datetime.date(2026, 11, 22)


def test_every_service_has_a_source_on_its_vendors_own_pages():
    vendors = ("https://aws.amazon.com/", "https://docs.aws.amazon.com/", "https://learn.microsoft.com/")
    vendors += ("https://docs.cloud.google.com/",)
    for service in RECORDED["services"]:
        assert service["sources"], service["name"]
        assert all(source.startswith(vendors) for source in service["sources"]), service["name"]


def test_no_former_name_is_used_as_a_present_one():
    present = {service["name"] for service in RECORDED["services"]}
    assert present.isdisjoint({"Vertex AI", "Azure AI Foundry", "Azure AI Studio", "Amazon SageMaker"})
    assert {"Microsoft Foundry", "Gemini Enterprise Agent Platform", "Amazon SageMaker AI"} <= present
