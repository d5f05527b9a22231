// What a subscriber asks for in its URL: a filter, and where to begin.

import Domain
import EventLog
import Wire

/// The parameters of `/events` and `/ws`.
struct StreamQuery {
    var terms = FilterTerms()
    /// Whether the URL names a filter or a place: then a WebSocket needs no first message.
    var isExplicit = false
    var after: ResumePoint?
    var policy = ReaderPolicy.disconnect
    /// The most events a second; nil: as they come.
    var rateMax: Int?
    /// What the client calls the stream, to renew its token by.
    var name: String?

    /// Reads them; an unknown or bad one is a refusal.
    ///
    /// `Last-Event-ID` wins over `after`.
    init(_ items: QueryItems, lastEventID: String?) throws(Refusal) {
        for item in items.items {
            switch item.name {
            case "types": terms.types += try StreamQuery.types(item.value)
            case "subject": terms.subjects.append(try StreamQuery.subject(item.value))
            case "entity": terms.entities += try StreamQuery.entities(item.value)
            case "after": after = ResumePoint(parsing: item.value)
            case "policy": policy = try StreamQuery.policy(item.value)
            case "max_rate": rateMax = try StreamQuery.rate(item.value)
            case "stream": name = try StreamQuery.name(item.value)
            case "access_token", "ticket", "limit", "cursor", "order": continue
            default: throw .badParameter(item.name, "is not known here")
            }
        }
        if let lastEventID { after = ResumePoint(parsing: lastEventID) }
        isExplicit = !terms.isEverything || after != nil
    }

    /// The filter that they make.
    var filter: Filter { terms.isEverything ? .everything : Filter([terms]) }

    static func policy(_ text: String) throws(Refusal) -> ReaderPolicy {
        guard let policy = ReaderPolicy(rawValue: text) else {
            throw .badParameter("policy", "must be disconnect, latest or skip")
        }
        return policy
    }

    static func rate(_ text: String) throws(Refusal) -> Int {
        guard let rate = Int(text), String(rate) == text, (1...Pace.perSecondMax).contains(rate)
        else {
            throw .badParameter(
                "max_rate", "must be a whole number of events a second, 1 to \(Pace.perSecondMax)")
        }
        return rate
    }

    static func name(_ text: String) throws(Refusal) -> String {
        guard StreamRenewal.isName(text) else {
            throw .badParameter("stream", "must be 1 to 64 letters, digits, - . _ ~")
        }
        return text
    }

    static func types(_ text: String) throws(Refusal) -> [String] {
        guard let types = Filter.parseTypes(text) else {
            throw .badParameter("types", "must be event names, with * only at the end")
        }
        return types
    }

    /// Characters of a subject, counted as Unicode scalars.
    static let subjectCharactersMax = 256

    static func subject(_ text: String) throws(Refusal) -> String {
        guard !text.isEmpty, text.unicodeScalars.count <= subjectCharactersMax else {
            throw .badParameter("subject", "must be like leads/<id>")
        }
        return text
    }

    static func entities(_ text: String) throws(Refusal) -> [String] {
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let areGood = names.allSatisfy { name in
            !name.isEmpty && name.utf8.count <= 32
                && name.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 }
        }
        guard areGood, names.count <= 32 else {
            throw .badParameter("entity", "must be kinds like lead,order")
        }
        return names
    }
}
