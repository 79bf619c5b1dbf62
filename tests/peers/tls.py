#!/usr/bin/python3
"""tls.py LISTEN BACKEND CERT KEY - TLS on 127.0.0.1:LISTEN, passed on to 127.0.0.1:BACKEND."""
import asyncio
import ssl
import sys


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    writer.close()


async def main():
    listen, backend, cert, key = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)

    async def client(reader, writer):
        try:
            back_reader, back_writer = await asyncio.open_connection("127.0.0.1", backend)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, back_writer), pump(back_reader, writer))

    server = await asyncio.start_server(client, "127.0.0.1", listen, ssl=context, backlog=128)
    await server.serve_forever()


asyncio.run(main())
