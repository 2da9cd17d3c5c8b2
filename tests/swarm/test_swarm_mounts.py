def mounts(converted):
    return converted.body("services", "demo_web")["TaskTemplate"]["ContainerSpec"]["Mounts"]


STACK = {"com.docker.stack.namespace": "demo"}


def test_a_named_volume_has_the_stacks_name_and_label(convert):
    made = convert("services: {web: {image: x, volumes: ['data:/data']}}\nvolumes: {data: {}}")
    assert mounts(made) == [
        {"Type": "volume", "Source": "demo_data", "Target": "/data", "VolumeOptions": {"Labels": STACK}}
    ]


def test_a_volumes_driver_goes_with_each_mount(convert):
    made = convert("""
        services:
          web:
            image: x
            volumes: [{type: volume, source: data, target: /d, volume: {nocopy: true, subpath: s}}]
        volumes: {data: {name: real, driver: nfs, driver_opts: {size: 10}, labels: {a: b}}}
    """)
    assert mounts(made) == [
        {
            "Type": "volume",
            "Source": "real",
            "Target": "/d",
            "VolumeOptions": {
                "NoCopy": True,
                "Labels": {"a": "b", **STACK},
                "Subpath": "s",
                "DriverConfig": {"Name": "nfs", "Options": {"size": "10"}},
            },
        }
    ]


def test_an_external_volume_is_used_as_it_is(convert):
    made = convert("""
        services: {web: {image: x, volumes: ["data:/data:ro"]}}
        volumes: {data: {external: true, name: shared}}
    """)
    assert mounts(made) == [{"Type": "volume", "Source": "shared", "Target": "/data", "ReadOnly": True}]


def test_an_anonymous_volume_has_no_source(convert):
    assert mounts(convert("services: {web: {image: x, volumes: [/data]}}")) == [{"Type": "volume", "Target": "/data"}]


def test_a_relative_bind_is_a_path_of_the_project(convert, tmp_path):
    made = convert("services: {web: {image: x, volumes: ['./site:/site']}}")
    assert mounts(made) == [{"Type": "bind", "Source": f"{tmp_path}/site", "Target": "/site"}]
    assert made.only("CK736").span.text == "'./site:/site'"


def test_bind_propagation_is_kept(convert):
    made = convert("""
        services: {web: {image: x, volumes: [{type: bind, source: /a, target: /b, bind: {propagation: rslave}}]}}
    """)
    assert mounts(made)[0]["BindOptions"] == {"Propagation": "rslave"}


def test_a_tmpfs_mount_keeps_its_size_in_bytes(convert):
    made = convert("services: {web: {image: x, volumes: [{type: tmpfs, target: /t, tmpfs: {size: 10m}}]}}")
    assert mounts(made) == [{"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 10485760}}]


def test_mounts_stay_in_the_order_of_the_file(convert):
    made = convert("services: {web: {image: x, volumes: [/c, /a, /b]}}")
    assert [one["Target"] for one in mounts(made)] == ["/c", "/a", "/b"]


def test_a_target_is_sent_as_it_is_written(convert):
    made = convert("services: {web: {image: x, volumes: [\"/a/:/b/\", {type: tmpfs, target: /c/}, '/d', '/${X:-e}/']}}")
    assert [one["Target"] for one in mounts(made)] == ["/b/", "/c/", "/d", "/e"]


def test_a_source_that_looks_like_its_target_is_not_taken_for_it(convert):
    made = convert("services: {web: {image: x, volumes: ['/a/:/a']}}")
    assert mounts(made)[0]["Target"] == "/a"
