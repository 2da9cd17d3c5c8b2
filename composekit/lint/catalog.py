"""Every rule, by id. The order here is the order in lists and in docs/rules.md."""

from importlib import import_module
from typing import cast

from composekit.lint.rule import Rule

RULES = {
    "CK401": "composekit.lint.rules.service_healthy_without_check",
    "CK402": "composekit.lint.rules.host_port_twice",
    "CK403": "composekit.lint.rules.completed_but_restarting",
    "CK404": "composekit.lint.rules.replicas_with_host_port",
    "CK405": "composekit.lint.rules.host_name_misspelt",
    "CK406": "composekit.lint.rules.localhost_for_service",
    "CK407": "composekit.lint.rules.unused_definition",
    "CK501": "composekit.lint.rules.control_socket",
    "CK502": "composekit.lint.rules.privileged",
    "CK503": "composekit.lint.rules.literal_credential",
    "CK504": "composekit.lint.rules.image_tag_floating",
}


def rule(rule_id: str) -> Rule:
    """Return a rule's module. Raises `KeyError` when there is no such rule."""
    return cast("Rule", import_module(RULES[rule_id]))


def rules() -> list[Rule]:
    """Return all rules, in the order of the catalog."""
    return [rule(rule_id) for rule_id in RULES]
