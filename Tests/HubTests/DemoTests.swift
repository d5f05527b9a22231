// The made-up business: there after the first start, once, behind a link that signs in.

import Foundation
import Support
import Testing

extension Upheaval {
    @Suite(.serialized) struct DemoTests {}
}

extension Upheaval.DemoTests {
    /// The token of the link that a start printed.
    private func signIn(_ hub: HubProcess) throws -> String {
        let prefix = "Sign in: http://127.0.0.1:\(hub.port)/#token="
        var token = ""
        try waitUntil("the link is printed", timeoutSeconds: 10) {
            guard let line = hub.line(with: prefix) else { return false }
            #expect(!line.hasPrefix("{"), "a token is no business of the log")
            token = String(line.dropFirst(prefix.count))
            return true
        }
        return token
    }

    @Test func `a demo is a whole business, and stays one after a restart`() throws {
        let folder = try HubFolder()
        defer { folder.close() }
        let hub = try HubProcess(
            folder, settings: ["HUB_PROCESSORS": "all"], arguments: ["--demo"])
        func counts(_ token: String) throws -> [Int] {
            let client = hub.client(token)
            return try [
                "/crm/leads", "/crm/opportunities", "/logistics/orders", "/logistics/deliveries",
                "/bhiv/agent/decisions", "/task/feedback",
            ].map { try client.get($0 + "?limit=100").json["data"].array.count }
        }
        let token = try signIn(hub)
        let whole = [6, 5, 3, 3, 3, 3]
        try waitUntil("the business is there", timeoutSeconds: 15) { try counts(token) == whole }
        let client = hub.client(token)
        try waitUntil("the rules have run", timeoutSeconds: 15) {
            let tasks = try client.get("/task/tasks?limit=100").json["data"].array
            let rules = Set(tasks.compactMap { $0["origin"]["rule"].string })
            return rules.count == 4
        }
        // The order whose delivery arrived is complete.
        #expect(
            try client.get("/logistics/orders?status=delivered").json["data"].array.count == 1)
        hub.terminate()
        #expect(try hub.waitForExit() == 0)
        try hub.start()
        #expect(try counts(try signIn(hub)) == whole)
        hub.terminate()
        #expect(try hub.waitForExit() == 0)
    }
}
