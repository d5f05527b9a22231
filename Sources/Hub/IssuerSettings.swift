// The settings of trusted issuers, and of where the hub itself may connect to.

import Gateway
import Wire

/// A program whose tokens are taken, and where it publishes its keys.
struct IssuerSetting: Equatable {
    let name: String
    let keys: OutgoingURL
    /// The `aud` that its tokens must have.
    let audience: String?
}

extension SettingReader {
    /// The trusted issuers: `ISS=URL` or `ISS=URL AUDIENCE` each.
    func trustedIssuers() throws(ConfigurationError) -> [IssuerSetting] {
        var issuers: [IssuerSetting] = []
        for entry in list(.trustedIssuers) {
            let issuer = try issuer(entry)
            if issuers.contains(where: { $0.name == issuer.name }) {
                throw ConfigurationError(
                    setting: .trustedIssuers, reason: "has \(issuer.name) twice")
            }
            if issuer.name == text(.jwtIssuer) {
                throw ConfigurationError(
                    setting: .trustedIssuers,
                    reason: "\(issuer.name) is the hub's own, by HUB_JWT_ISSUER")
            }
            issuers.append(issuer)
        }
        guard issuers.count <= KeyOwner.issuersMax else {
            throw ConfigurationError(
                setting: .trustedIssuers, reason: "has more than \(KeyOwner.issuersMax)")
        }
        return issuers
    }

    private func issuer(_ entry: String) throws(ConfigurationError) -> IssuerSetting {
        let words = entry.split(separator: " ").map(String.init)
        // The issuer's name may be a URL itself, but with no other one behind a `=` in it.
        let place = words.first.flatMap { word in
            ["=https://", "=http://"].compactMap { word.firstRange(of: $0)?.lowerBound }.min()
        }
        guard let word = words.first, words.count <= 2, let place, place > word.startIndex else {
            throw ConfigurationError(
                setting: .trustedIssuers,
                reason: "must be like https://idp.test/realm=https://idp.test/keys, "
                    + "with the audience behind a space if there is one")
        }
        let url = String(word[word.index(after: place)...])
        do throws(OutgoingURL.Fault) {
            return IssuerSetting(
                name: String(word[..<place]), keys: try OutgoingURL(url),
                audience: words.count == 2 ? words[1] : nil)
        } catch {
            // It is not repeated: there may be a password in it.
            throw ConfigurationError(
                setting: .trustedIssuers,
                reason: "the URL of \(word[..<place]) \(error.reason)")
        }
    }

    /// Networks that the hub may connect to, though they are not public.
    func outgoingGuard() throws(ConfigurationError) -> OutgoingGuard {
        OutgoingGuard(allowing: try networks(.outgoingAllow))
    }
}
