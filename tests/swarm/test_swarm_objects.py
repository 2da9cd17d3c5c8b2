import base64


def uses(converted, kind):
    return converted.body("services", "demo_web")["TaskTemplate"]["ContainerSpec"][kind]


def test_a_secret_holds_the_bytes_of_its_file(convert):
    made = convert(
        """
        services: {web: {image: x, secrets: [key]}}
        secrets: {key: {file: ./key.bin, labels: {a: b}}}
        """,
        files={"key.bin": b"\x00\xff\n"},
    )
    assert made.bodies["secrets"] == [
        {
            "Name": "demo_key",
            "Labels": {"a": "b", "com.docker.stack.namespace": "demo"},
            "Data": base64.b64encode(b"\x00\xff\n").decode(),
        }
    ]


def test_a_secret_holds_the_value_of_its_variable(convert):
    made = convert("""
        services: {web: {image: x, secrets: [key]}}
        secrets: {key: {environment: API_TOKEN}}
    """)
    assert base64.b64decode(made.bodies["secrets"][0]["Data"]) == b"t0ken"
    assert "t0ken" not in "".join(one.message + str(one.facts) for one in made.report)


def test_a_config_holds_its_content(convert):
    made = convert("""
        services: {web: {image: x, configs: [text]}}
        configs: {text: {content: "price: $$5\\n", template_driver: golang}}
    """)
    body = made.bodies["configs"][0]
    assert base64.b64decode(body["Data"]) == b"price: $5\n"
    assert body["Templating"] == {"Name": "golang"}


def test_a_variable_that_is_not_set_makes_no_secret(convert):
    made = convert("""
        services: {web: {image: x, secrets: [key]}}
        secrets: {key: {environment: NO_SUCH}}
    """)
    assert made.report.has_errors
    assert made.only("CK791").span.text == "NO_SUCH"


def test_a_file_that_cannot_be_read_is_an_error_at_its_name(convert):
    made = convert("""
        services: {web: {image: x, configs: [text]}}
        configs: {text: {file: ./none.txt}}
    """)
    found = made.only("CK790")
    assert found.span.text == "./none.txt"
    assert "no such file" in found.message


def test_an_unused_object_without_its_file_is_left_out(convert):
    made = convert("""
        services: {web: {image: x}}
        configs: {text: {file: ./none.txt}}
    """)
    assert made.bodies["configs"] == []
    assert made.codes == ["CK798"]


def test_an_unused_object_is_created(convert):
    made = convert("services: {web: {image: x}}\nconfigs: {text: {content: hi}}")
    assert [one["Name"] for one in made.bodies["configs"]] == ["demo_text"]


def test_an_object_larger_than_a_swarm_stores_is_reported(convert):
    made = convert(
        """
        services: {web: {image: x, secrets: [key]}}
        secrets: {key: {file: big}}
        """,
        files={"big": b"x" * (500 * 1024 + 1)},
    )
    assert made.only("CK792").facts["size"] == 500 * 1024 + 1


def test_an_external_object_is_used_and_not_created(convert):
    made = convert("""
        services: {web: {image: x, secrets: [key]}}
        secrets: {key: {external: true, name: key-v2}}
    """)
    assert made.bodies["secrets"] == []
    assert uses(made, "Secrets")[0]["SecretName"] == "key-v2"


def test_a_use_in_short_form_becomes_a_file_of_the_same_name_for_everyone(convert):
    made = convert("""
        services: {web: {image: x, secrets: [key]}}
        secrets: {key: {environment: API_TOKEN}}
    """)
    assert uses(made, "Secrets") == [
        {
            "File": {"Name": "key", "UID": "0", "GID": "0", "Mode": 0o444},
            "SecretID": "secrets-demo_key",
            "SecretName": "demo_key",
        }
    ]


def test_a_use_in_long_form_says_where_and_for_whom(convert):
    made = convert("""
        services:
          web:
            image: x
            configs: [{source: text, target: /etc/x, uid: "103", gid: "104", mode: 0440}]
        configs: {text: {content: hi}}
    """)
    assert uses(made, "Configs")[0]["File"] == {"Name": "/etc/x", "UID": "103", "GID": "104", "Mode": 0o440}


def test_a_written_default_target_is_sent_as_it_is_written(convert):
    made = convert("""
        services: {web: {image: x, secrets: [{source: key, target: /run/secrets/key}]}}
        secrets: {key: {environment: API_TOKEN}}
    """)
    assert uses(made, "Secrets")[0]["File"]["Name"] == "/run/secrets/key"


def test_uses_are_in_the_order_of_names(convert):
    made = convert("""
        services: {web: {image: x, configs: [b, c, a]}}
        configs: {a: {content: "1", name: z}, b: {content: "2"}, c: {content: "3"}}
    """)
    assert [one["ConfigName"] for one in uses(made, "Configs")] == ["demo_b", "demo_c", "z"]


def test_a_credential_specs_config_is_read_by_the_runtime(convert):
    made = convert("""
        services: {web: {image: x, credential_spec: {config: cred}}}
        configs: {cred: {content: "{}"}}
    """)
    assert uses(made, "Configs") == [{"Runtime": {}, "ConfigID": "configs-demo_cred", "ConfigName": "demo_cred"}]
    container = made.body("services", "demo_web")["TaskTemplate"]["ContainerSpec"]
    assert container["Privileges"]["CredentialSpec"]["Config"] == "configs-demo_cred"
