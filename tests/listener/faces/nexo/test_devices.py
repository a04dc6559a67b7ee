"""Displays, questions and prints at the door of a foreign till."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from opi_pos.model.devices import Progress
from tests.listener.faces.nexo.bridge import held
from tests.listener.faces.nexo.till import FULL as ALL
from tests.listener.faces.nexo.till import foreign, till_door
from tests.listener.faces.terminal import shows


async def test_displays_of_any_driver_go_to_the_till_with_the_ids_of_its_payment(
    tmp_path: Path,
) -> None:
    async with (
        till_door() as door,
        held(tmp_path, till_url=door.url) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login(ALL)
        await door.until(lambda d: d.texts() == ["Please wait", "Welcome"])
        paying = asyncio.gather(till.pay(service_id="1"))
        told = await terminal.money.get()
        shows(told, "Welcome", Progress.IDLE)
        shows(told, "Karte einstecken")
        await door.until(lambda d: "Karte einstecken" in d.texts())
        header = door.messages[-1].header
        assert (header.service_id, header.sale_id, header.poi_id) == ("1", "till-3", "P1")
        assert header.device_id
        told.approve()
        await paying
        await door.until(lambda d: d.texts()[2:] == ["Karte einstecken", "Welcome"])


async def test_a_deaf_till_gets_its_answer_all_the_same(tmp_path: Path) -> None:
    async with (
        held(tmp_path, till_url="http://127.0.0.1:9") as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login(ALL)
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        shows(told, "Insert card")
        told.approve()
        (answer,) = await paying
        assert answer.response.result == "Success"


async def test_a_light_till_is_asked_nothing(tmp_path: Path) -> None:
    async with (
        till_door() as door,
        held(tmp_path, till_url=door.url) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login()
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        shows(told, "Insert card")
        told.approve()
        await paying
        assert not door.messages


async def test_the_till_names_its_door_in_a_header(tmp_path: Path) -> None:
    async with (
        till_door() as door,
        held(tmp_path) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        till.headers["X-Callback-Url"] = door.url
        await till.login(ALL)
        await door.until(lambda d: d.texts() == ["Please wait", "Welcome"])
        assert terminal.charges == []


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.7/nexo",
        "http://169.254.169.254/",
        "http://user@127.0.0.1/",
        "ftp://127.0.0.1",
    ],
)
async def test_a_door_that_is_not_the_tills_own_is_not_used(tmp_path: Path, url: str) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        till.headers["X-Callback-Url"] = url
        assert (await till.login(ALL)).response.result == "Success"
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        shows(told, "Insert card")
        told.approve()
        assert (await paying)[0].response.result == "Success"
