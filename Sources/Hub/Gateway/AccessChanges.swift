// What a change of access does to open streams: tokens that were taken back end them, a fresh one
// lets them go on. Each loop has the whole table of revocations, so a request asks no other thread;
// the store says what is new, wherever it happened.

import Domain
import Wire

extension GatewayLoop {
    /// Refuses a good token that was taken back.
    func refuseRevoked(_ token: VerifiedToken) throws(Refusal) {
        guard !revocations.covers(token.credential) else {
            throw .unauthenticated(reason: .revoked)
        }
    }

    /// Who may see what has changed.
    func accessChanged(_ change: AccessChange) {
        switch change {
        case .revoked(let revoked): revoke(revoked)
        case .renewed(let renewal): renew(renewal)
        }
    }

    /// Tokens were taken back: the streams that were opened with them end.
    private func revoke(_ revoked: [Revocation]) {
        for revocation in revoked { revocations.add(revocation) }
        let numbers = principals.numbers { revocations.covers($0) }
        guard !numbers.isEmpty else { return }
        for slot in connections.slots.indices
        where connections[slot].phase.isStream && numbers.contains(connections[slot].principal)
            && !connections[slot].flags.contains(.closesAfterOutput)
        {
            endStream(slot, .tokenRevoked, .unauthenticated(reason: .revoked))
        }
    }

    /// The streams of a name have a fresh token, unless it was taken back meanwhile.
    private func renew(_ renewal: StreamRenewal) {
        guard !revocations.covers(renewal.credential) else { return }
        let subject = renewal.credential.principal.exactSubject
        for token in streamNames.tokens(name: renewal.stream, subject: subject) {
            guard let slot = connections.slot(token),
                !connections[slot].flags.contains(.closesAfterOutput)
            else { continue }
            goOn(slot, with: renewal.credential, expirySeconds: renewal.expirySeconds)
        }
    }

    /// A stream goes on with another token of the same subject: as long as that lives, and with
    /// what its roles and teams may see; if they may see nothing here, it ends.
    func goOn(_ slot: Int, with credential: Credential, expirySeconds: Int64) {
        let isTail = connections[slot].phase == .logTail
        let permission = isTail ? Permission.readLogs : .subscribe
        guard permission.isGranted(to: credential.principal.roles) else {
            endStream(slot, .roleChanged, .forbidden(permission))
            return
        }
        principals.release(connections[slot].principal)
        connections[slot].principal = principals.retain(credential)
        connections[slot].expirySeconds = expirySeconds
        // Who doesn't read gains no time by a token.
        if !connections[slot].flags.contains(.isBlocked) { scheduleStream(slot) }
        if !isTail { changeReader(slot, credential.principal) }
    }
}

/// The streams of a loop that have a name: several of a subject may share one.
struct StreamNames {
    private struct Key: Hashable {
        let name: String
        let subject: ExactText
    }

    private var keys: [ConnectionToken: Key] = [:]
    private var tokens: [Key: Set<ConnectionToken>] = [:]

    /// Names a stream.
    mutating func insert(_ token: ConnectionToken, name: String, subject: ExactText) {
        let key = Key(name: name, subject: subject)
        keys[token] = key
        tokens[key, default: []].insert(token)
    }

    /// Forgets a stream, whether it has a name or not.
    mutating func remove(_ token: ConnectionToken) {
        guard !keys.isEmpty, let key = keys.removeValue(forKey: token) else { return }
        tokens[key]?.remove(token)
        if tokens[key]?.isEmpty == true { tokens[key] = nil }
    }

    /// What a stream is called; nil when it has no name.
    func name(of token: ConnectionToken) -> String? { keys[token]?.name }

    /// The streams that a subject calls so.
    func tokens(name: String, subject: ExactText) -> Set<ConnectionToken> {
        tokens[Key(name: name, subject: subject)] ?? []
    }
}
