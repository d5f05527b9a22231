// A browser, driven: the few commands of the WebDriver protocol (W3C WebDriver §7–§13) that the
// tests need, spoken to a chromedriver that they start and end themselves.

import Foundation
import Support

/// What WebDriver answered with an error.
struct WebDriverError: Error, CustomStringConvertible {
    let description: String
}

/// Keys without a character, as WebDriver names them.
enum Key {
    static let tab = "\u{E004}"
    static let enter = "\u{E007}"
    static let right = "\u{E014}"
}

/// One headless Chromium with a page.
final class Browser {
    private let driver: ChildProcess
    private let profile: String
    private let session: String

    /// Starts chromedriver and a browser; ends both if that fails half-way.
    ///
    /// It takes any certificate if told so.
    init(takesAnyCertificate: Bool = false) throws {
        let port = try TestPort.free()
        profile = "/tmp/hub-browser-\(UUID().uuidString)"
        driver = try ChildProcess(
            ["/usr/bin/chromedriver", "--port=\(port)", "--log-level=SEVERE"])
        do {
            let base = "http://127.0.0.1:\(port)"
            try waitUntil("chromedriver answers", timeoutSeconds: 20) {
                (try? WebDriver.call("GET", base + "/status"))?["ready"].bool == true
            }
            let id = try WebDriver.call(
                "POST", base + "/session",
                Browser.capabilities(profile: profile, takesAnyCertificate)
            )["sessionId"].string
            guard let id else { throw WebDriverError(description: "no session") }
            session = base + "/session/" + id
        } catch {
            driver.signal(SIGTERM)
            throw error
        }
    }

    /// Ends the browser and its driver.
    func close() {
        _ = try? WebDriver.call("DELETE", session)
        driver.signal(SIGTERM)
        _ = try? driver.waitForExit(timeoutSeconds: 20)
        try? FileManager.default.removeItem(atPath: profile)
    }

    /// Goes to an address and waits for the page to load.
    func open(_ address: String) throws {
        _ = try WebDriver.call("POST", session + "/url", ["url": address])
    }

    /// The address that the page says it has.
    func address() throws -> String {
        try WebDriver.call("GET", session + "/url").string ?? ""
    }

    /// Runs a function body in the page and gives back what it returns.
    func run(_ script: String) throws -> JSON {
        try WebDriver.call(
            "POST", session + "/execute/sync", ["script": script, "args": [String]()])
    }

    /// How many elements match.
    func count(_ selector: String) throws -> Int {
        try run("return document.querySelectorAll(\(Browser.quoted(selector))).length").int ?? 0
    }

    /// The visible text of the first element that matches, as the page has it; nil without one.
    func text(_ selector: String) throws -> String? {
        try run("return document.querySelector(\(Browser.quoted(selector)))?.innerText").string
    }

    /// An attribute of all elements that match, in the order of the page.
    func attributes(_ name: String, of selector: String) throws -> [String] {
        try run(
            "return [...document.querySelectorAll(\(Browser.quoted(selector)))]"
                + ".map((e) => e.getAttribute(\(Browser.quoted(name))) ?? '')"
        ).strings
    }

    /// Types into a field as a person would.
    func type(_ text: String, into selector: String) throws {
        _ = try WebDriver.call(
            "POST", "\(session)/element/\(try element(selector))/value", ["text": text])
    }

    /// Clicks an element as a person would.
    func click(_ selector: String) throws {
        _ = try WebDriver.call(
            "POST", "\(session)/element/\(try element(selector))/click", [String: String]())
    }

    /// Presses keys one after another, wherever the focus is (W3C WebDriver §15.4).
    func press(_ keys: String) throws {
        let strokes = keys.flatMap { key -> [[String: Any]] in
            ["keyDown", "keyUp"].map { ["type": $0, "value": String(key)] }
        }
        let keyboard: [String: Any] = ["type": "key", "id": "keyboard", "actions": strokes]
        _ = try WebDriver.call("POST", session + "/actions", ["actions": [keyboard]])
    }

    /// The id of the element that has the focus; empty if that has none.
    func focused() throws -> String {
        try run("return document.activeElement?.id ?? ''").string ?? ""
    }

    /// What the page wrote to its console as an error, since it was asked last.
    func errors() throws -> [String] {
        try WebDriver.call("POST", session + "/se/log", ["type": "browser"]).array
            .filter { $0["level"].string == "SEVERE" }.compactMap { $0["message"].string }
    }

    private func element(_ selector: String) throws -> String {
        let found = try WebDriver.call(
            "POST", session + "/element", ["using": "css selector", "value": selector])
        guard let name = found.names.first, let id = found[name].string else {
            throw WebDriverError(description: "no element \(selector)")
        }
        return id
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacingOccurrences(of: "'", with: "\\'") + "'"
    }

    private static func capabilities(
        profile: String, _ takesAnyCertificate: Bool
    ) -> [String: Any] {
        let arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--user-data-dir=\(profile)", "--window-size=1280,1000",
        ]
        let options: [String: Any] = ["args": arguments, "binary": "/usr/bin/chromium"]
        let wanted: [String: Any] = [
            "browserName": "chrome", "goog:chromeOptions": options,
            "acceptInsecureCerts": takesAnyCertificate,
            "goog:loggingPrefs": ["browser": "ALL"],
        ]
        return ["capabilities": ["alwaysMatch": wanted]]
    }
}

/// One call of the protocol: JSON in, the `value` of the JSON that comes out.
enum WebDriver {
    /// Waits for the answer; an error that WebDriver names is thrown.
    static func call(
        _ method: String, _ address: String, _ body: [String: Any]? = nil
    ) throws
        -> JSON
    {
        guard let parts = URLComponents(string: address), let port = parts.port else {
            throw WebDriverError(description: "not an address: \(address)")
        }
        let client = TestClient(port: port)
        client.timeoutSeconds = 60
        let text = try body.map {
            String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self)
        }
        let reply = try client.request(method, parts.path, body: text)
        let value = reply.json["value"]
        guard reply.status == 200 else {
            throw WebDriverError(description: "\(method) \(address): \(reply.status) \(value)")
        }
        return value
    }
}
