// A small HTTP/1.1 client that blocks, with time-outs: one kept connection, opened again when it
// was closed. It retries nothing, so that a test sees every failure.

import Foundation
import Wire

/// An answer.
package struct TestResponse: Sendable {
    /// The status code.
    package let status: Int
    /// The header fields in their order.
    package let headers: [(name: String, value: String)]
    /// The body.
    package let body: [UInt8]

    /// A header's value, by its name in any case; the first of several.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The body as text.
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON.
    package var document: JSONDocument {
        get throws { try JSONDocument(body) }
    }

    /// A text in the body's JSON object.
    package func string(_ path: String...) -> String? {
        guard let document = try? document else { return nil }
        return value(path, in: document).flatMap { document.string($0) }
    }

    /// An integer in the body's JSON object.
    package func integer(_ path: String...) -> Int? {
        guard let document = try? document else { return nil }
        return value(path, in: document).flatMap { document.integer($0) }
    }

    private func value(_ path: [String], in document: JSONDocument) -> JSONValue? {
        path.reduce(Optional(document.root)) { value, name in
            value.flatMap { document.member(name, of: $0) }
        }
    }
}

/// A client of one server; used by one thread.
package final class TestClient {
    /// The server's port.
    package let port: Int
    /// Sent as `Authorization: Bearer`.
    package var token: String?
    /// How long an answer may take.
    package var timeoutSeconds: Double = 15
    private var socket: TestSocket?

    /// A client that connects at its first request.
    package init(port: Int, token: String? = nil) {
        self.port = port
        self.token = token
    }

    /// Whether it holds a connection.
    package var isConnected: Bool { socket != nil }

    /// Lets the connection go.
    package func close() {
        socket = nil
    }

    /// Sends a request and reads its answer; interim answers (1xx) are skipped.
    @discardableResult
    package func request(
        _ method: String, _ target: String, headers: [(String, String)] = [], body: String? = nil
    ) throws(ConnectionFailure) -> TestResponse {
        do throws(ConnectionFailure) {
            try send(request(method, target, headers, body))
            while true {
                let response = try readResponse(isHead: method == "HEAD")
                if response.status >= 200 || response.status == 101 { return response }
            }
        } catch {
            socket = nil
            throw error
        }
    }

    /// `GET`.
    package func get(
        _ target: String, headers: [(String, String)] = []
    )
        throws(ConnectionFailure) -> TestResponse
    {
        try request("GET", target, headers: headers)
    }

    /// `POST` of JSON.
    package func post(
        _ target: String, _ body: String, headers: [(String, String)] = []
    )
        throws(ConnectionFailure) -> TestResponse
    {
        try request("POST", target, headers: headers, body: body)
    }

    /// Sends bytes as they are, on the kept connection or a new one.
    package func send(_ bytes: [UInt8]) throws(ConnectionFailure) {
        try connected().send(bytes, timeoutSeconds: timeoutSeconds)
    }

    /// Sends a text as it is.
    package func send(_ text: String) throws(ConnectionFailure) {
        try send(Array(text.utf8))
    }

    /// The kept connection, or a new one.
    package func connected() throws(ConnectionFailure) -> TestSocket {
        if let socket { return socket }
        let fresh = try TestSocket(port: port)
        socket = fresh
        return fresh
    }

    /// The bytes of a request, with the token and the length of its body.
    package func request(
        _ method: String, _ target: String, _ headers: [(String, String)] = [],
        _ body: String? = nil
    ) -> [UInt8] {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
        let names = Set(headers.map { $0.0.lowercased() })
        if let token, !names.contains("authorization") {
            text += "Authorization: Bearer \(token)\r\n"
        }
        if let body {
            if !names.contains("content-type") { text += "Content-Type: application/json\r\n" }
            if !names.contains("content-length"), !names.contains("transfer-encoding") {
                text += "Content-Length: \(body.utf8.count)\r\n"
            }
        }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        return Array((text + "\r\n" + (body ?? "")).utf8)
    }

    /// Reads the next answer of the kept connection.
    package func readResponse(isHead: Bool = false) throws(ConnectionFailure) -> TestResponse {
        let socket = try connected()
        let deadline = Deadline(seconds: timeoutSeconds)
        let head = try ResponseHead(
            socket.receive(through: Array("\r\n\r\n".utf8), until: deadline))
        var body: [UInt8] = []
        if isHead || head.status < 200 || head.status == 204 || head.status == 304 {
            body = []
        } else if let length = head.value("content-length") {
            guard let count = Int(length) else { throw .malformed("Content-Length: \(length)") }
            body = try socket.receive(count: count, until: deadline)
        } else if head.value("transfer-encoding") == nil {
            body = try socket.receiveToEnd(until: deadline)
        } else {
            throw .malformed("an answer in chunks, which the hub never sends")
        }
        let closes = head.headers.contains {
            $0.name.lowercased() == "connection" && $0.value.lowercased() == "close"
        }
        if closes { self.socket = nil }
        return TestResponse(status: head.status, headers: head.headers, body: body)
    }
}

/// The status line and header fields of an answer.
struct ResponseHead {
    let status: Int
    let headers: [(name: String, value: String)]

    /// Reads them out of bytes that end with an empty line.
    init(_ bytes: [UInt8]) throws(ConnectionFailure) {
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw .malformed(lines[0])
        }
        self.status = status
        headers = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            return (String(line[..<colon]), value)
        }
    }

    func value(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }
}
