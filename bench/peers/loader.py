#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Publishes readings of 500 instruments, one a message, and ends when the broker has them all.
Usage: loader.py BROKER_PORT READINGS"""

import collections
import datetime
import json
import random
import sys

import paho.mqtt.client as mqtt

INSTRUMENTS = 500
PARAMETERS = ("current", "pressure", "temperature", "voltage")
UNDER_WAY = 1000
START = datetime.datetime(2020, 3, 9, 10, 0, tzinfo=datetime.timezone.utc)


def reading(number, rng):
    instrument, rest = number % INSTRUMENTS, number // INSTRUMENTS
    at = START + datetime.timedelta(seconds=rest // len(PARAMETERS))
    return {"device": f"pump-{instrument}", "parameter": PARAMETERS[rest % len(PARAMETERS)],
            "t": at.isoformat(timespec="milliseconds"), "value": round(rng.gauss(77, 3), 4)}


def main():
    port, count = (int(argument) for argument in sys.argv[1:])
    rng = random.Random(2020)
    client = mqtt.Client()
    client.max_inflight_messages_set(UNDER_WAY)
    client.connect("127.0.0.1", port)
    client.loop_start()
    under_way = collections.deque()
    for number in range(count):
        said = reading(number, rng)
        under_way.append(client.publish(f"lab/{said['device']}/readings", json.dumps(said), qos=1))
        if len(under_way) > UNDER_WAY:
            under_way.popleft().wait_for_publish()
    for message in under_way:
        message.wait_for_publish()
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    main()
