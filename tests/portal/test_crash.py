"""A portal that is killed has lost nothing that it acknowledged, and nothing stands twice."""

import random
import time
from pathlib import Path
from typing import Any

import requests

from tests.web_process import invent_demo, running

KILLS = 10


def test_every_acknowledged_post_survives_a_kill_at_a_random_moment(tmp_path: Path) -> None:
    invent_demo(tmp_path)
    chance = random.Random(2026)
    acknowledged: list[str] = []

    with running(tmp_path) as web:
        category = requests.get(f"{web.address}/api/town", timeout=20).json()["categories"][0]["code"]
        for number in range(KILLS):
            person = web.sign_in("habitant")
            body: dict[str, Any] = {
                "command_id": f"kill-point-{number:04d}",
                "category_id": category,
                "title": f"Courses numéro {number}",
                "details": "Du pain et du lait, avant ce soir.",
                "longitude": 1.952,
                "latitude": 49.07,
            }
            answer = person.post(f"{web.address}/api/requests", json=body, timeout=20)
            assert answer.status_code == 201, answer.text
            acknowledged.append(answer.json()["id"])
            time.sleep(chance.uniform(0, 0.02))
            web.kill()
            web.start()
            again = web.sign_in("habitant").post(f"{web.address}/api/requests", json=body, timeout=20)
            assert again.json() == {"id": acknowledged[-1]}

        listed = web.sign_in("habitante").get(f"{web.address}/api/requests?limit=100", timeout=20).json()

    kept = [item["id"] for item in listed["items"] if item["title"].startswith("Courses numéro")]
    assert sorted(kept) == sorted(acknowledged)
    assert len(set(acknowledged)) == KILLS
