// What happens to tokens that were taken back. Each loop has the whole table, so a request asks no
// other thread; the store says what is new, wherever it was revoked.

import Domain
import Wire

extension GatewayLoop {
    /// Refuses a good token that was taken back.
    func refuseRevoked(_ token: VerifiedToken) throws(Refusal) {
        guard !revocations.covers(token.credential) else {
            throw .unauthenticated(reason: .revoked)
        }
    }

    /// Tokens were taken back: the streams that were opened with them end.
    func revoke(_ revoked: [Revocation]) {
        for revocation in revoked { revocations.add(revocation) }
        let numbers = principals.numbers { revocations.covers($0) }
        guard !numbers.isEmpty else { return }
        for slot in connections.slots.indices
        where connections[slot].phase.isStream && numbers.contains(connections[slot].principal)
            && !connections[slot].flags.contains(.closesAfterOutput)
        {
            observeEnd(slot, reason: "token_revoked")
            endStream(
                slot, .unauthenticated(reason: .revoked),
                closeCode: WebSocketCloseCode.unauthenticated)
        }
    }
}
