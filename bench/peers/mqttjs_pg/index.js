// SPDX-License-Identifier: Apache-2.0
// Readings from MQTT into PostgreSQL, as the READMEs of `mqtt` and `pg` show it.
// Usage: node index.js BROKER_PORT POSTGRES_SOCKET_DIRECTORY TABLE
const mqtt = require('mqtt')
const { Pool } = require('pg')

const [port, host, table] = process.argv.slice(2)
const pool = new Pool({ host, user: 'watchglass', database: 'watchglass' })
const client = mqtt.connect(`mqtt://127.0.0.1:${port}`)

client.on('connect', () => {
  client.subscribe('lab/+/readings', { qos: 1 }, (error) => {
    if (error) throw error
    console.log('subscribed')
  })
})

client.on('message', async (topic, message) => {
  const reading = JSON.parse(message.toString())
  await pool.query(
    `INSERT INTO ${table} (device, parameter, t, value) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
    [reading.device, reading.parameter, reading.t, reading.value]
  )
})
