#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Readings from MQTT into PostgreSQL in batches. Usage: python_batched.py BROKER_PORT POSTGRES_SOCKET_DIRECTORY TABLE"""

import json
import queue
import sys
import threading
import time

import paho.mqtt.client as mqtt
import psycopg2
from psycopg2.extras import execute_values

BATCH = 500
WAIT_S = 0.2

readings = queue.Queue()


def take_batch():
    """Up to BATCH readings: the first is waited for, the others only WAIT_S."""
    batch = [readings.get()]
    until = time.monotonic() + WAIT_S
    while len(batch) < BATCH:
        try:
            batch.append(readings.get(timeout=max(0, until - time.monotonic())))
        except queue.Empty:
            break
    return batch


def write(host, table):
    connection = psycopg2.connect(host=host, user="watchglass", dbname="watchglass")
    insert = f"INSERT INTO {table} (device, parameter, t, value) VALUES %s ON CONFLICT DO NOTHING"
    while True:
        batch = take_batch()
        with connection, connection.cursor() as cursor:
            execute_values(cursor, insert, batch, page_size=BATCH)


def on_connect(client, *_):
    client.subscribe("lab/+/readings", qos=1)


def on_subscribe(*_):
    print("subscribed", flush=True)


def on_message(_client, _userdata, message):
    reading = json.loads(message.payload)
    readings.put((reading["device"], reading["parameter"], reading["t"], reading["value"]))


def main():
    port, host, table = sys.argv[1:]
    threading.Thread(target=write, args=(host, table), daemon=True).start()
    client = mqtt.Client()
    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    client.on_message = on_message
    client.connect("127.0.0.1", int(port))
    client.loop_forever()


if __name__ == "__main__":
    main()
