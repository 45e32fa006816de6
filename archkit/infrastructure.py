"""Terraform files as data: what they declare, what depends on what, and a review of them against a policy.

Nothing here runs Terraform or asks a cloud. Read are plain files, without modules, count or for_each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from archkit.typed_data import InvalidData, TypedData

__all__ = ["PolicyFinding", "Resource", "Stack", "read_stack", "review"]


class Resource(TypedData):
    """One resource block."""

    address: str
    """Type and name, as Terraform writes it: `aws_s3_bucket.articles`."""
    type: str
    name: str
    arguments: dict[str, Any]
    uses: tuple[str, ...]
    """Addresses of the other resources that it refers to."""
    provider: str
    """Name of the provider's configuration: `aws`, or with an alias `aws.overseas`."""


class Stack(TypedData):
    """What one Terraform file declares."""

    resources: tuple[Resource, ...]
    providers: dict[str, dict[str, Any]]
    """Arguments of each provider's configuration, by its name."""
    versions: dict[str, str] = Field(description="version constraint of each required provider; '' where there is none")


class PolicyFinding(TypedData):
    """One place where a file breaks a rule of the policy."""

    rule: Literal["public_access", "region", "unpinned_provider"]
    where: str
    found: str
    repair: str


def read_stack(text: str) -> Stack:
    """Read a Terraform file.

    Args:
        text: the file's text, in HCL.

    Raises:
        InvalidData: if it is not HCL; the message names the line.
    """
    import hcl2

    try:
        parsed = _plain(hcl2.loads(text if text.endswith("\n") else text + "\n"))
    except Exception as error:  # of the parser below hcl2, whose classes are no part of its interface
        if not hasattr(error, "line"):
            raise
        at = error.line if isinstance(error.line, int) and error.line > 0 else len(text.splitlines())
        near = (text.splitlines() or [""])[min(at, len(text.splitlines())) - 1].strip()
        raise InvalidData("Terraform file", [f"it is not HCL at line {at}, near {near!r}. Read that line."]) from None
    blocks = [
        (kind, name, arguments)
        for group in parsed.get("resource", [])
        for kind, named in group.items()
        for name, arguments in named.items()
    ]
    known = {f"{kind}.{name}" for kind, name, _ in blocks}
    return Stack(
        resources=tuple(_resource(kind, name, arguments, known) for kind, name, arguments in blocks),
        providers={
            f"{name}.{arguments['alias']}" if "alias" in arguments else name: arguments
            for group in parsed.get("provider", [])
            for name, arguments in group.items()
        },
        versions={
            name: needed.get("version", "") if isinstance(needed, dict) else str(needed)
            for settings in parsed.get("terraform", [])
            for group in settings.get("required_providers", [])
            for name, needed in group.items()
        },
    )


def review(stack: Stack, *, regions: Sequence[str]) -> list[PolicyFinding]:
    """Check a stack against three rules: nothing public, nothing outside these regions, no open-ended provider version.

    Args:
        stack: as `read_stack` returns it.
        regions: how the names of the regions that are allowed begin, such as ["eu-"].
    """
    findings = []
    blocks = [r for r in stack.resources if r.type == "aws_s3_bucket_public_access_block"]
    for bucket in (r for r in stack.resources if r.type == "aws_s3_bucket"):
        guards = [guard for guard in blocks if bucket.address in guard.uses]
        open_settings = [name for guard in guards for name in _PUBLIC_SETTINGS if guard.arguments.get(name) is not True]
        if open_settings or not guards:
            found = f"{', '.join(open_settings)} not true" if guards else "no public access block"
            findings.append(
                PolicyFinding(
                    rule="public_access", where=bucket.address, found=found, repair="set all four settings to true"
                )
            )
    for resource in stack.resources:
        region = stack.providers.get(resource.provider, {}).get("region", "")
        if not region.startswith(tuple(regions)):
            findings.append(
                PolicyFinding(
                    rule="region",
                    where=resource.address,
                    found=f"region {region or 'not given'}, by provider {resource.provider}",
                    repair=f"move it to a region that begins with {' or '.join(regions)}",
                )
            )
    for name, constraint in stack.versions.items():
        if not re.search(r"~>|<|(^|,)\s*=?\s*\d", constraint):
            findings.append(
                PolicyFinding(
                    rule="unpinned_provider",
                    where=name,
                    found=f"version {constraint or 'not given'}",
                    repair="bound it above, as in '~> 6.0', and commit the lock file",
                )
            )
    return findings


_PUBLIC_SETTINGS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


def _resource(kind: str, name: str, arguments: dict[str, Any], known: set[str]) -> Resource:
    named = set(re.findall(r"[a-z][a-z0-9_]*\.[a-zA-Z_][\w-]*", json.dumps(arguments)))
    provider = re.sub(r"^\$\{(.*)\}$", r"\1", str(arguments.get("provider", kind.split("_")[0])))
    address = f"{kind}.{name}"
    return Resource(
        address=address,
        type=kind,
        name=name,
        arguments=arguments,
        uses=tuple(sorted((named & known) - {address})),
        provider=provider,
    )


def _plain(value: Any) -> Any:
    """Drop what the parser adds: quotes kept around keys and strings, and its own marks."""
    if isinstance(value, dict):
        return {_plain(k): _plain(v) for k, v in value.items() if not (k.startswith("__") and k.endswith("__"))}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, str) and len(value) >= 2 and value[0] == value[-1] == '"':
        return value[1:-1]
    return value
