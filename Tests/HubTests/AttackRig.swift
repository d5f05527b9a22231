// How an attack is tried: its bytes over a connection of its own, every answer and the end of the
// connection looked at, then a clean request over a fresh one, and what was stored meanwhile.

import Foundation
import Support
import Testing

/// Tries attacks on one hub.
struct AttackRig {
    let hub: RunningHub
    /// The token of the clean requests.
    let token: String

    /// Tries an attack from its first byte to the clean request after it.
    func check(_ attack: Attack) throws {
        let before = try position()
        let client = TestClient(port: hub.port)
        let socket = try client.connected()
        var bytes = attack.bytes
        if attack.ending == .closes, !attack.saysLast { bytes += Raw.bytes(Raw.smuggled) }
        // The hub may have ended the connection before the last byte.
        try? socket.send(bytes)
        if attack.saysLast { socket.finishSending() }
        let isHead = attack.bytes.starts(with: Raw.bytes("HEAD "))
        for expected in attack.answers {
            try compare(client.readResponse(isHead: isHead), expected)
        }
        switch attack.ending {
        case .closes:
            let rest = try socket.receiveToEnd(until: Deadline(seconds: 10))
            #expect(rest.isEmpty, "more came: \(String(decoding: rest, as: UTF8.self))")
        case .staysOpen:
            #expect(client.isConnected, "it was closed")
            #expect(try client.get("/version").status == 200)
        }
        try checkClean(before, stored: attack.stored)
    }

    /// Answers a clean request over a fresh connection, behind all that was executed before; and
    /// nothing was stored but it and what the attack was allowed.
    func checkClean(_ before: Int, stored: Int = 0) throws {
        let clean = try hub.post("/crm/leads", #"{"name":"Clean"}"#, token: token)
        #expect(clean.status == 201, "\(clean.text)")
        #expect(try position() == before + stored + 1, "something else was stored")
        let smuggled = try hub.get("/crm/leads?owner=smuggler", token: token)
        #expect(smuggled.status == 200 && smuggled.json["data"].array.isEmpty, "\(smuggled.text)")
    }

    /// The position of the log's last event.
    func position() throws -> Int {
        let page = try hub.get(
            "/events?limit=1", headers: ["Accept": "application/json"], token: token)
        let head = try #require(page.json["head"].string, "\(page.text)")
        return try #require(head.split(separator: "-").last.flatMap { Int($0) })
    }

    private func compare(_ answer: TestResponse, _ expected: Attack.Answer) throws {
        if let code = expected.code {
            try answer.expectProblem(expected.status, code)
            let detail = answer.json["detail"].string ?? ""
            #expect(expected.detail.isEmpty || detail.contains(expected.detail), "\(detail)")
        } else {
            #expect(answer.status == expected.status, "\(answer.text)")
        }
        guard answer.status >= 200 else { return }
        #expect(answer.header("X-Content-Type-Options") == "nosniff")
        #expect(answer.header("X-Frame-Options") == "DENY")
        #expect(answer.header("Set-Cookie") == nil)
        switch answer.status {
        case 401: #expect(answer.header("WWW-Authenticate")?.hasPrefix("Bearer ") == true)
        case 405: #expect(answer.header("Allow")?.hasSuffix("OPTIONS") == true)
        case 426:
            #expect(answer.header("Upgrade") == "websocket")
            #expect(answer.header("Connection") == "Upgrade")
            #expect(answer.header("Sec-WebSocket-Version") == "13")
        default: break
        }
    }
}
