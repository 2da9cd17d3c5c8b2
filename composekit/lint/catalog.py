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
    "CK408": "composekit.lint.rules.published_port_used_inside",
    "CK409": "composekit.lint.rules.no_shared_network",
    "CK410": "composekit.lint.rules.dependency_of_other_profile",
    "CK411": "composekit.lint.rules.value_changed_by_yaml",
    "CK412": "composekit.lint.rules.variable_meant_for_the_container",
    "CK413": "composekit.lint.rules.variable_only_in_env_file",
    "CK414": "composekit.lint.rules.override_adds_a_port",
    "CK415": "composekit.lint.rules.mount_replaced",
    "CK416": "composekit.lint.rules.variable_set_twice",
    "CK417": "composekit.lint.rules.command_cut_off",
    "CK418": "composekit.lint.rules.operator_without_shell",
    "CK419": "composekit.lint.rules.shell_words_dropped",
    "CK420": "composekit.lint.rules.health_check_in_one_word",
    "CK421": "composekit.lint.rules.ports_with_host_network",
    "CK422": "composekit.lint.rules.network_of_another_conflict",
    "CK423": "composekit.lint.rules.published_on_internal_network",
    "CK424": "composekit.lint.rules.alias_of_another_service",
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
