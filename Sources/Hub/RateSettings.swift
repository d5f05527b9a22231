// The settings of the rate limit and of proxies: lists with commas, read entry by entry, so that
// what is wrong is named.

import Domain
import Wire

extension SettingReader {
    /// The entries of a list; none when it is empty.
    func list(_ setting: Setting) -> [String] {
        (text(setting) ?? "").split(separator: ",").map { entry in
            entry.split(separator: " ").joined(separator: " ")
        }
    }

    /// All limits: `100/60` or `off`, `admin=1000/60` by role, `POST /auth/*=10/60` by route.
    func ratePolicies() throws(ConfigurationError) -> RatePolicies {
        RatePolicies(
            default: try rate(.rateLimit), roles: try roleRates(), routes: try routeRates())
    }

    private func roleRates() throws(ConfigurationError) -> [Role: RateLimit?] {
        var rates: [Role: RateLimit?] = [:]
        for entry in list(.rateLimitRole) {
            let (name, value) = SettingReader.pair(entry)
            let limit = RateLimit(value)
            guard let role = Role(rawValue: name), limit != nil || value == "off" else {
                let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
                throw ConfigurationError(
                    setting: .rateLimitRole,
                    reason: "'\(entry)' must be like admin=1000/60 or service=off; roles: \(known)")
            }
            guard rates.updateValue(limit, forKey: role) == nil else {
                throw ConfigurationError(
                    setting: .rateLimitRole, reason: "has the role \(name) twice")
            }
        }
        return rates
    }

    private func routeRates() throws(ConfigurationError) -> [RoutePattern: RateLimit] {
        var rates: [RoutePattern: RateLimit] = [:]
        for entry in list(.rateLimitRoute) {
            let (text, value) = SettingReader.pair(entry)
            guard let pattern = RoutePattern(text), let limit = RateLimit(value) else {
                throw ConfigurationError(
                    setting: .rateLimitRoute,
                    reason: "'\(entry)' must be like POST /auth/*=10/60 or /logs=30/60")
            }
            guard rates.updateValue(limit, forKey: pattern) == nil else {
                throw ConfigurationError(
                    setting: .rateLimitRoute, reason: "has \(text) twice")
            }
        }
        return rates
    }

    /// What stands before and behind the last `=`.
    private static func pair(_ entry: String) -> (name: String, value: String) {
        guard let place = entry.lastIndex(of: "=") else { return (entry, "") }
        return (String(entry[..<place]), String(entry[entry.index(after: place)...]))
    }

    /// The proxies that are trusted, and the field that they write.
    func trustedProxies() throws(ConfigurationError) -> TrustedProxies {
        let name = try required(.forwardedHeader)
        guard let field = ForwardedField(rawValue: name.lowercased()) else {
            throw ConfigurationError(
                setting: .forwardedHeader, reason: "must be x-forwarded-for or forwarded")
        }
        return TrustedProxies(try networks(.trustedProxies), field: field)
    }

    /// The addresses and networks of a list.
    func networks(_ setting: Setting) throws(ConfigurationError) -> [IPNetwork] {
        var networks: [IPNetwork] = []
        for entry in list(setting) {
            do throws(IPNetwork.Fault) {
                networks.append(try IPNetwork(entry))
            } catch {
                throw ConfigurationError(
                    setting: setting, reason: "'\(entry)' \(error.reason)")
            }
        }
        return networks
    }

    /// Whether connections begin with PROXY headers, which only trusted proxies may send.
    func proxyProtocol(
        from proxies: TrustedProxies
    ) throws(ConfigurationError) -> Bool {
        let isOn = try flag(.proxyProtocol)
        guard !isOn || !proxies.isEmpty else {
            throw ConfigurationError(setting: .proxyProtocol, reason: "needs HUB_TRUSTED_PROXIES")
        }
        return isOn
    }
}
