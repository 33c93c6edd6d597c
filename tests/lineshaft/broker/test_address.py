import pytest

from lineshaft.broker.address import AddressError, parse


def test_tls_has_its_own_port_and_authority() -> None:
    address = parse("mqtts://plant.example?ca=/etc/ca.pem")
    assert (address.port, address.tls, address.ca_file, address.user) == (8883, True, "/etc/ca.pem", "")


@pytest.mark.parametrize(
    "url", ["", "plant:1883", "http://plant", "mqtt://", "mqtt://plant:x", "mqtt://u:secret@"]
)
def test_a_bad_url_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(AddressError) as error:
        parse(url)
    assert "secret" not in str(error.value)
