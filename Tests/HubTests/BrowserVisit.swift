// A visit to the dashboard: a hub of its own, a browser at it, and what tests ask both of them
// again and again.

import Foundation
import Support

/// A hub, a browser that can be signed in at it, and a client.
final class BrowserVisit {
    let folder: HubFolder
    let process: HubProcess
    let hub: RunningHub
    let browser: Browser

    private init(_ settings: [String: String]) throws {
        folder = try HubFolder()
        process = try HubProcess(
            folder,
            settings: ["HUB_JWT_SECRET": TokenSigner.shared.secret].merging(settings) { $1 })
        hub = RunningHub(process)
        browser = try Browser()
    }

    /// Gives a visit to a test and ends it; the settings are those of its hub.
    static func make(
        _ settings: [String: String] = [:], _ body: (BrowserVisit) throws -> Void
    ) throws {
        let visit = try BrowserVisit(settings)
        defer { visit.close() }
        try body(visit)
    }

    private func close() {
        browser.close()
        process.kill()
        folder.close()
    }

    /// Opens the page by a sign-in link and waits until it is live.
    func signIn(token: String? = nil) throws {
        try browser.open("http://127.0.0.1:\(hub.port)/#token=\(token ?? hub.admin)")
        try awaitState("live")
    }

    func awaitState(_ state: String, seconds: Double = 20) throws {
        try waitUntil("the badge says \(state)", timeoutSeconds: seconds) {
            try browser.count("#connection[data-state=\(state)]") == 1
        }
    }

    /// The positions of the rows of the feed, oldest first.
    func positions() throws -> [Int] {
        try browser.attributes("data-position", of: "#feed-list > li.event-row")
            .compactMap { Int($0) }.reversed()
    }
}
