"""Terraform files as data, and their review."""

import pytest

from archkit.course import data_folder
from archkit.infrastructure import read_stack, review
from archkit.typed_data import InvalidData

TEXT = (data_folder() / "trailmate" / "main.tf").read_text(encoding="utf-8")
PROVIDER = 'terraform {\n  required_providers {\n    aws = {\n      version = "VERSION"\n    }\n  }\n}\n'


@pytest.fixture(scope="module")
def stack():
    return read_stack(TEXT)


def test_names_and_strings_come_without_the_parsers_quotes(stack):
    articles = next(r for r in stack.resources if r.address == "aws_s3_bucket.articles")
    assert articles.arguments == {"bucket": "larkspur-articles"}
    assert stack.versions == {"aws": ">= 6.0"}
    assert stack.providers["aws.overseas"]["region"] == "us-east-1"


def test_a_reference_to_another_resource_is_a_dependency(stack):
    uses = {r.address: r.uses for r in stack.resources}
    assert uses["aws_eks_node_group.workers"] == ("aws_eks_cluster.trailmate",)
    assert uses["aws_s3_bucket.articles"] == ()


def test_the_three_planted_faults_are_found_and_nothing_else(stack):
    assert {(f.rule, f.where) for f in review(stack, regions=["eu-"])} == {
        ("public_access", "aws_s3_bucket.conversations"),
        ("region", "aws_s3_bucket.conversations_copy"),
        ("unpinned_provider", "aws"),
    }


def test_a_bucket_without_any_access_block_is_a_finding():
    bare = read_stack(
        'provider "aws" {\n  region = "eu-west-1"\n}\nresource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n'
    )
    assert [f.found for f in review(bare, regions=["eu-"])] == ["no public access block"]


@pytest.mark.parametrize(
    ("version", "pinned"),
    [("~> 6.0", True), ("6.1.0", True), ("= 6.1.0", True), (">= 6.0, < 7.0", True), (">= 6", False)],
)
def test_a_version_is_pinned_when_it_is_bounded_above(version, pinned):
    assert (review(read_stack(PROVIDER.replace("VERSION", version)), regions=["eu-"]) == []) is pinned


def test_a_syntax_error_is_told_with_its_line():
    with pytest.raises(InvalidData, match="Terraform file: it is not HCL at line 2"):
        read_stack('resource "aws_s3_bucket" "b" {\n  bucket =\n}')


def test_an_empty_file_declares_nothing():
    assert read_stack("").resources == ()
