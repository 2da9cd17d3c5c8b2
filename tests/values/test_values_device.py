import pytest

from composekit.errors import BadValue
from composekit.values.device import DeviceMapping, parse_device


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ("/dev/a", DeviceMapping("/dev/a", "/dev/a", "rwm")),
        ("/dev/a:/dev/b", DeviceMapping("/dev/a", "/dev/b", "rwm")),
        ("/dev/a:/dev/b:r", DeviceMapping("/dev/a", "/dev/b", "r")),
        ("/dev/a::r", DeviceMapping("/dev/a", "/dev/a", "r")),
        ("/dev/a:r", DeviceMapping("/dev/a", "r", "rwm")),
        ("/dev/a:/dev/b:", DeviceMapping("/dev/a", "/dev/b", "")),
        ("vendor.com/gpu=all", DeviceMapping("vendor.com/gpu=all", "vendor.com/gpu=all", "rwm")),
        (":/dev/b", DeviceMapping("", "/dev/b", "rwm")),
        ("", DeviceMapping("", "", "rwm")),
    ],
)
def test_a_short_form_is_source_target_and_permissions(text, device):
    assert parse_device(text) == device


def test_a_fourth_part_is_pointed_at():
    with pytest.raises(BadValue) as caught:
        parse_device("/dev/a:/dev/b:rwm:x")

    assert (caught.value.offset, caught.value.length) == (17, 2)
