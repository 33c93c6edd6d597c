"""A machine kind of the plant's own is a row like ours."""

import numpy as np

from lineshaft.domain.plant import Plant, from_document, parse, to_document, to_yaml
from lineshaft.domain.readings import DeviceKey
from stream.steps.described import Described
from stream.steps.names import Names
from stream.steps.profiles import Profiles

MIXER = """\
version: 1
kinds:
  - id: mixer
    name: {en: Mixer, zh: 搅拌机}
    iso_group: 2
    support: flexible
    failure_modes: [bearing, overload]
    signals:
      - {name: vib, quantity: vibration, every_s: 5, high: 4.5, high_high: 7.1}
      - {name: torque, quantity: torque, every_s: 1}
sites:
  - id: here
    timezone: UTC
    areas:
      - id: hall
        lines:
          - id: line
            machines:
              - {id: mixer-1, kind: mixer, device: gate/mixer-1}
              - {id: mixer-2, kind: mixer, device: gate/mixer-2, signals: [{name: vib, high: 6.0}]}
"""


def plant(text: str = MIXER) -> Plant:
    found = parse(text)
    assert isinstance(found, Plant), found
    return found


def complaints(text: str) -> list[str]:
    found = parse(text)
    assert isinstance(found, list)
    return [f"{one}" for one in found]


def test_its_machines_have_its_signals_and_may_say_otherwise() -> None:
    one, two = plant().machines["mixer-1"], plant().machines["mixer-2"]
    assert [(signal.name, signal.unit, signal.every_s) for signal in one.signals] == [
        ("vib", "mm/s", 5),
        ("torque", "N.m", 1),
    ]
    assert [machine.signals[0].high for machine in (one, two)] == [4.5, 6.0]


def test_it_is_written_back_as_it_was_read() -> None:
    assert plant(to_yaml(plant())) == plant()
    assert from_document(to_document(plant())) == plant()
    assert "mm/s" not in to_yaml(plant())


def test_a_plant_without_its_own_kinds_says_nothing_of_them() -> None:
    assert "kinds" not in to_document(Plant())


def test_its_machines_have_its_zones_and_failure_modes() -> None:
    names, described, profiles = Names(), Described(), Profiles()
    device = names.device(DeviceKey("here", "gate", "mixer-1"))
    rows = [names.signal(device, name) for name in ("vib", "torque")]
    described.apply(plant(), names)
    profiles.meet(rows, names, described)
    assert described.zone_limits[device] == (2.3, 4.5, 7.1)
    assert profiles.signatures_of(0, described).keys == ("bearing", "overload", "sensor", "sensor")
    assert np.isfinite(profiles.share[0, :2]).all()


def test_what_is_wrong_with_a_kind_is_said_with_its_line() -> None:
    assert "line 7" in complaints(MIXER.replace("[bearing,", "[baering,"))[0]
    assert "there already" in complaints(MIXER.replace("id: mixer\n", "id: pump\n"))[0]
    assert "expected rigid or flexible" in complaints(MIXER.replace("flexible", "soft"))[0]
    assert "every_s" in complaints(MIXER.replace(", every_s: 1", ""))[0]
    assert "not known" in complaints(MIXER.replace("quantity: torque", "quantity: torqe"))[0]
