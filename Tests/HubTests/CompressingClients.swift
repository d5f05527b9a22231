// The clients that people read streams with, as commands. Each asks for compression, prints whether
// it got it as `content-encoding: gzip` or `permessage-deflate`, and then `id: <id>` for each event
// as soon as it has it.

import Foundation
import Support

/// A program that subscribes.
enum CompressingClient: String, CaseIterable {
    case curl = "curl --compressed"
    case httpxSSE = "Python httpx-sse"
    case nodeFetch = "node fetch"
    case webSockets = "Python websockets"

    /// What it prints when it is sent compressed events.
    var agreement: String {
        self == .webSockets ? "permessage-deflate" : "content-encoding: gzip"
    }

    /// The command that subscribes behind an id.
    func command(port: Int, token: String, after: String) -> [String] {
        let place = "127.0.0.1:\(port)"
        let query = "?after=\(after)&access_token=\(token)"
        switch self {
        case .curl:
            return [
                "curl", "--silent", "--no-buffer", "--compressed", "--dump-header", "-",
                "http://\(place)/events\(query)",
            ]
        case .httpxSSE:
            return python(CompressingClient.httpxScript, "http://\(place)/events\(query)")
        case .nodeFetch:
            return [
                "node", "--eval", CompressingClient.nodeScript, "http://\(place)/events\(query)",
            ]
        case .webSockets:
            return python(CompressingClient.webSocketsScript, "ws://\(place)/ws\(query)")
        }
    }

    /// Debian's own Python has Debian's packages.
    private func python(_ script: String, _ address: String) -> [String] {
        ["/usr/bin/python3", "-u", "-c", script, address, CompressingClient.httpxSSEWheel]
    }

    /// Debian has no package of httpx-sse; `make test` fetches the wheel, which Python reads as is.
    private static let httpxSSEWheel = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".build/python/httpx_sse-0.4.0-py3-none-any.whl").path

    private static let httpxScript = """
        import httpx, sys
        sys.path.insert(0, sys.argv[2])
        from httpx_sse import connect_sse
        with httpx.Client(timeout=60) as client:
            with connect_sse(client, "GET", sys.argv[1]) as source:
                print("content-encoding:", source.response.headers.get("content-encoding"))
                for event in source.iter_sse():
                    if event.data:
                        print("id:", event.id)
        """

    private static let nodeScript = """
        (async () => {
            const answer = await fetch(process.argv[1]);
            console.log("content-encoding:", answer.headers.get("content-encoding"));
            const text = new TextDecoder();
            for await (const bytes of answer.body) {
                process.stdout.write(text.decode(bytes, { stream: true }));
            }
        })();
        """

    private static let webSocketsScript = """
        import asyncio, json, sys, websockets
        async def main():
            async with websockets.connect(sys.argv[1], compression="deflate") as socket:
                print(*(extension.name for extension in socket.extensions))
                await socket.send(json.dumps({"op": "ping"}))
                async for message in socket:
                    message = json.loads(message)
                    if message["op"] == "event":
                        print("id:", message["id"])
                    if message["op"] == "pong":
                        print("pong")
        asyncio.run(main())
        """
}

/// A client that runs, and what it has printed so far.
final class RunningClient {
    private let process: ChildProcess
    private let path: String

    init(_ words: [String]) throws {
        path = "/tmp/hub-test-client-\(UUID().uuidString)"
        process = try ChildProcess(words, output: path)
    }

    /// All that it has printed.
    var output: String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    /// The ids that it has printed.
    var ids: [String] {
        output.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("id: ") }
            .map { String($0.dropFirst(4)) }
    }

    /// Waits for its own end.
    func waitForExit() throws -> Int32 { try process.waitForExit(timeoutSeconds: 20) }

    /// Ends it.
    func end() {
        if process.exitCode() == nil {
            process.signal(SIGKILL)
            _ = try? process.waitForExit(timeoutSeconds: 10)
        }
        try? FileManager.default.removeItem(atPath: path)
    }
}
