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
    "CK425": "composekit.lint.rules.subnets_overlap",
    "CK426": "composekit.lint.rules.address_outside_subnet",
    "CK427": "composekit.lint.rules.address_used_twice",
    "CK428": "composekit.lint.rules.mount_target_relative",
    "CK429": "composekit.lint.rules.capability_unknown",
    "CK430": "composekit.lint.rules.limit_unknown",
    "CK431": "composekit.lint.rules.restart_policy_unknown",
    "CK432": "composekit.lint.rules.memory_limits_contradict",
    "CK433": "composekit.lint.rules.stop_signal_unknown",
    "CK434": "composekit.lint.rules.container_name_invalid",
    "CK435": "composekit.lint.rules.image_reference_invalid",
    "CK436": "composekit.lint.rules.working_dir_relative",
    "CK437": "composekit.lint.rules.restart_contradicts_deploy",
    "CK438": "composekit.lint.rules.image_built_twice",
    "CK439": "composekit.lint.rules.variable_misspelt",
    "CK440": "composekit.lint.rules.bind_source_missing",
    "CK441": "composekit.lint.rules.object_file_missing",
    "CK442": "composekit.lint.rules.build_context_missing",
    "CK443": "composekit.lint.rules.health_timing_odd",
    "CK444": "composekit.lint.rules.restart_policy_without_condition",
    "CK445": "composekit.lint.rules.health_check_tool_missing",
    "CK446": "composekit.lint.rules.variable_without_value",
    "CK447": "composekit.lint.rules.port_read_as_number",
    "CK448": "composekit.lint.rules.default_empty",
    "CK449": "composekit.lint.rules.defaults_differ",
    "CK450": "composekit.lint.rules.deploy_key_ignored",
    "CK451": "composekit.lint.rules.version_obsolete",
    "CK452": "composekit.lint.rules.links_obsolete",
    "CK453": "composekit.lint.rules.anchor_unused",
    "CK454": "composekit.lint.rules.address_without_dependency",
    "CK455": "composekit.lint.rules.dependency_out_of_reach",
    "CK456": "composekit.lint.rules.service_name_with_underscore",
    "CK457": "composekit.lint.rules.boolean_without_quotes",
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
