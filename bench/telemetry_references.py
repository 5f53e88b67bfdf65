"""The same by the usual means, measured in the same run: a view of DRF that saves a row for each report, and a message to a group for each."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any, Final

SECONDS: Final = 4.0
VIEWERS: Final = 50


def by_rows() -> float:
    """Reports a second that one process takes through APIView, serializer and save(), the network left out."""
    from django.db import connection, models
    from rest_framework import serializers
    from rest_framework.response import Response
    from rest_framework.test import APIRequestFactory
    from rest_framework.views import APIView

    class BenchReport(models.Model):
        terminal = models.IntegerField(db_index=True)
        at = models.DateTimeField(auto_now_add=True)
        boot, seq = models.BigIntegerField(), models.BigIntegerField()
        battery_percent, signal_dbm = models.SmallIntegerField(), models.SmallIntegerField()
        sales_ok, sales_failed = models.IntegerField(), models.IntegerField()

        class Meta:
            app_label = "pos_monitor"
            db_table = "bench_report"

    class Said(serializers.ModelSerializer[Any]):
        class Meta:
            model = BenchReport
            exclude = ("id", "at")

    class View(APIView):
        authentication_classes = ()
        permission_classes = ()

        def post(self, request: Any) -> Response:
            said = Said(data=request.data)
            said.is_valid(raise_exception=True)
            said.save()
            return Response(status=204)

    with connection.schema_editor() as editor:
        editor.create_model(BenchReport)
    view, ask = View.as_view(), APIRequestFactory()
    body = {"terminal": 1, "boot": 1, "seq": 1, "battery_percent": 50, "signal_dbm": -70, "sales_ok": 1, "sales_failed": 0}
    count, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        view(ask.post("/", {**body, "seq": count}, format="json"))
        count += 1
    return count / SECONDS


def by_group() -> float:
    """Reports a second that reach each of fifty members of a group by `group_send`, publisher and members in one process."""
    return asyncio.run(_by_group())


async def _by_group() -> float:
    logging.getLogger("channels_redis").setLevel(logging.CRITICAL)  # it complains of members that are let go at the end
    from channels.layers import get_channel_layer

    layer = get_channel_layer()
    assert layer is not None
    heard = [0] * VIEWERS

    async def listen(place: int, channel: str) -> None:
        while True:
            await layer.receive(channel)
            heard[place] += 1

    channels = [await layer.new_channel() for _ in range(VIEWERS)]
    for channel in channels:
        await layer.group_add("bench", channel)
    tasks = [asyncio.create_task(listen(place, channel)) for place, channel in enumerate(channels)]
    said = json.loads('{"terminal": 1, "battery_percent": 50, "signal_dbm": -70}')
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        await layer.group_send("bench", {"type": "report", **said})
    for task in tasks:
        task.cancel()
    return min(heard) / SECONDS
