// What the tests send: bodies that collide with nothing that another test sent.

import Foundation

/// Bodies and values that are new each time.
enum Sample {
    /// An email address that nobody has.
    static func email() -> String { "a\(UUID().uuidString.lowercased())@example.test" }

    /// Digits of an international phone number that nobody has.
    static func phoneDigits() -> String {
        "49" + (0..<11).map { _ in String(Int.random(in: 0...9)) }.joined()
    }

    /// The smallest body of a lead.
    static func lead(name: String = "Asha Rao") -> String {
        #"{"name":"\#(name)","email":"\#(email())"}"#
    }

    /// A reported event.
    static func event(type: String = "sla_warning", user: String = "u-1") -> String {
        #"{"task_id":"t-1","user_id":"\#(user)","event_type":"\#(type)","#
            + #""consent_flag":true,"payload":{"late":true}}"#
    }

    /// An event name that no other test uses.
    static func type() -> String {
        "t" + UUID().uuidString.lowercased().filter { $0 != "-" }
    }
}
