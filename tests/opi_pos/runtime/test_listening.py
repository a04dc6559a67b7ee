"""What the listener is told of terminals that speak different languages."""

from __future__ import annotations

from opi_pos.model.ids import POIID
from opi_pos.runtime.config import ListenSettings, PoiSettings
from opi_pos.runtime.listening import listen_config


def test_only_nexo_terminals_have_a_profile_that_is_served() -> None:
    urls = {
        "A": "nexo+http://192.0.2.15?profile=westpay",
        "B": "zvt+tcp://192.0.2.20?profile=card-complete",
        "C": "opi+tcp://192.0.2.21?profile=nl",
        "D": "viva+https://api.vivapayments.com",
    }
    pois = [PoiSettings(name=name, url=url, poi_id=POIID(name)) for name, url in urls.items()]
    told = listen_config(ListenSettings(), pois)
    assert told.profiles == ("westpay",)
    assert told.profile_of is not None
    assert [told.profile_of(poi.poi_id) for poi in pois] == ["westpay", None, None, None]
