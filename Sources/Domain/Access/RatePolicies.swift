// Which limits hold for a request: one by who asks (the default, or that of its role), and beside
// it one by what is asked for, if a route has its own. Each counts apart, and the stricter decides.

/// A limit with its name, as clients are told it.
package struct RatePolicy: Hashable, Sendable {
    /// `default`, `role:` with the role, or the pattern of the route.
    package let name: String
    package let limit: RateLimit

    package init(name: String, limit: RateLimit) {
        self.name = name
        self.limit = limit
    }
}

/// Requests that a limit of their own is for: `POST /auth/*`, `GET /logs`, `/crm/*`.
package struct RoutePattern: Hashable, Sendable {
    /// As it was written.
    package let text: String
    private let method: String?
    private let path: String
    private let isPrefix: Bool

    /// Reads a pattern: a path that begins with `/`, with `*` at its end for all that begin so, and
    /// a method before it unless it is for all.
    package init?(_ text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let path = parts.last, path.utf8.first == 47,
            path.dropLast().utf8.allSatisfy({ RoutePattern.isPathByte($0) }),
            let last = path.utf8.last, last == 42 || RoutePattern.isPathByte(last)
        else { return nil }
        method = parts.count == 2 ? String(parts[0]) : nil
        guard method.map({ RoutePattern.methods.contains($0) }) ?? true else { return nil }
        isPrefix = last == 42
        self.path = String(isPrefix ? path.dropLast() : path)
        self.text = text
    }

    private static let methods: Set<String> = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    /// A printable byte that neither ends a name of the `RateLimit` fields nor a setting's entry.
    private static func isPathByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x29, 0x2B, 0x2D...0x3C, 0x3E, 0x40...0x5B, 0x5D...0x7E: true
        default: false
        }
    }

    /// Whether a request is meant; HEAD asks for what GET does.
    package func matches(method asked: String, path askedPath: String) -> Bool {
        if let method, method != asked, !(method == "GET" && asked == "HEAD") { return false }
        return isPrefix
            ? askedPath.utf8.starts(with: path.utf8) : askedPath.utf8.elementsEqual(path.utf8)
    }

    /// Whether it says more than another, so that it is asked first.
    fileprivate func isNarrower(than other: RoutePattern) -> Bool {
        if isPrefix != other.isPrefix { return !isPrefix }
        if path.utf8.count != other.path.utf8.count {
            return path.utf8.count > other.path.utf8.count
        }
        return method != nil && other.method == nil
    }
}

/// All limits of a hub.
package struct RatePolicies: Sendable {
    /// Every policy; the rest names them by their place here.
    package let all: [RatePolicy]
    /// Where the default stands; nil when there is none.
    private let standard: Int?
    /// Where the policy of a principal stands, by the bits of its roles.
    private let byRoles: [Int?]
    /// Narrower patterns first.
    private let routes: [(pattern: RoutePattern, place: Int)]

    /// Limits by role, where nil is none, and by route.
    ///
    /// A principal of several roles has the most generous of theirs; a role without its own has the
    /// default.
    package init(
        default limit: RateLimit?, roles: [Role: RateLimit?] = [:],
        routes: [RoutePattern: RateLimit] = [:]
    ) {
        var all: [RatePolicy] = []
        func add(_ name: String, _ limit: RateLimit?) -> Int? {
            guard let limit else { return nil }
            all.append(RatePolicy(name: name, limit: limit))
            return all.count - 1
        }
        let standard = add("default", limit)
        let byRole: [Int?] = Role.allCases.map { role in
            roles[role].map { add("role:" + role.rawValue, $0) } ?? standard
        }
        let sorted = routes.sorted { left, right in
            if left.key.isNarrower(than: right.key) { return true }
            if right.key.isNarrower(than: left.key) { return false }
            return left.key.text < right.key.text
        }
        self.routes = sorted.compactMap { pattern, limit in
            add(pattern.text, limit).map { (pattern, $0) }
        }
        byRoles = (0...UInt8.max).map { bits in
            let held = zip(Role.allCases, byRole).filter {
                RoleSet(rawValue: bits).contains($0.0)
            }.map(\.1)
            return held.isEmpty ? standard : RatePolicies.mostGenerous(held, all)
        }
        self.standard = standard
        self.all = all
    }

    private static func mostGenerous(_ places: [Int?], _ all: [RatePolicy]) -> Int? {
        var best: Int?
        for place in places {
            guard let place else { return nil }
            if let known = best, !all[place].limit.isMoreGenerous(than: all[known].limit) {
                continue
            }
            best = place
        }
        return best
    }

    /// Whether nothing is limited.
    package var isEmpty: Bool { all.isEmpty }

    /// The policy by who asks: roles, or nil for an address; nil when nothing limits them.
    package func base(of roles: RoleSet?) -> Int? {
        guard let roles else { return standard }
        return byRoles[Int(roles.rawValue)]
    }

    /// The policy by what is asked for: that of the narrowest pattern.
    package func route(method: String, path: String) -> Int? {
        guard !routes.isEmpty else { return nil }
        return routes.first { $0.pattern.matches(method: method, path: path) }?.place
    }
}

extension RateLimit {
    /// Whether it lets more pass in the long run, or else more at once.
    fileprivate func isMoreGenerous(than other: RateLimit) -> Bool {
        let (own, others) = (quota * other.windowSeconds, other.quota * windowSeconds)
        return own == others ? quota > other.quota : own > others
    }
}
