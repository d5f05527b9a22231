# uWebSockets (https://github.com/uNetworking/uWebSockets) through socketify, beside the hub: an
# event that is posted is sent to every WebSocket, in the hub's own words. It stores nothing.
#   PORT=8206 python3 socketify_peer.py

import os

from socketify import App, AppListenOptions, CompressOptions, OpCode

app = App()
position = 0


def publish(res, req):
    body = bytearray()

    def on_data(res, chunk, is_end):
        global position
        if chunk:
            body.extend(chunk)
        if is_end:
            position += 1
            text = '{"op":"event","id":"00000000-%d","event":%s}' % (position, body.decode())
            app.publish("events", text, OpCode.TEXT)
            res.write_status(202).end("{}")

    res.on_data(on_data)


app.ws(
    "/ws",
    {
        "compression": CompressOptions.DISABLED,
        "max_payload_length": 65536,
        "idle_timeout": 120,
        "open": lambda ws: ws.subscribe("events"),
    },
)
app.post("/event/unified", publish)
app.listen(AppListenOptions(port=int(os.environ["PORT"]), host="127.0.0.1"), lambda config: None)
app.run()
