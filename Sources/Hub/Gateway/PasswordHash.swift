// Passwords are kept as scrypt hashes (OWASP Password Storage: N = 2^15, r = 8, p = 3, 32 MiB) in
// the PHC string format, so that costs can be raised later: each hash says what it was made with.

import Reactor
import TLS
import Wire

/// Hashes of passwords.
package enum PasswordHash {
    /// The costs that may be set, as powers of two; 2^20 takes 1 GiB.
    package static let costs = 4...20
    private static let parallelization = 3

    /// `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`.
    package static func make(_ password: String, salt: [UInt8], cost: Int) -> String {
        let hash = KeyDerivation.scrypt(
            Array(password.utf8), salt: salt, cost: cost, parallelization: parallelization)
        return text(salt: salt, hash: hash, cost: cost)
    }

    /// A hash that no password has, for who is nobody; to compare with it takes as long.
    static func decoy(cost: Int) -> String {
        text(salt: salt(), hash: Entropy.bytes(32), cost: cost)
    }

    private static func text(salt: [UInt8], hash: [UInt8], cost: Int) -> String {
        "$scrypt$ln=\(cost),r=8,p=\(parallelization)$\(text(salt))$\(text(hash))"
    }

    /// A fresh salt.
    package static func salt() -> [UInt8] { Entropy.bytes(16) }

    /// Whether a password has this hash; never for a hash that can't be read.
    static func matches(_ password: String, _ hash: String) -> Bool {
        let parts = hash.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
            let (cost, parallelization) = costs(parts[2]), let salt = bytes(parts[3]),
            let expected = bytes(parts[4])
        else { return false }
        let found = KeyDerivation.scrypt(
            Array(password.utf8), salt: salt, cost: cost, parallelization: parallelization)
        return Digest.isEqual(found, expected)
    }

    /// Whether a hash was made with other costs than passwords are hashed with now.
    static func isOutdated(_ hash: String, cost: Int) -> Bool {
        !hash.hasPrefix("$scrypt$ln=\(cost),r=8,p=\(parallelization)$")
    }

    private static func costs(_ text: Substring) -> (cost: Int, parallelization: Int)? {
        let parts = text.split(separator: ",")
        guard parts.count == 3, parts[0].hasPrefix("ln="), parts[1] == "r=8",
            parts[2].hasPrefix("p="), let cost = Int(parts[0].dropFirst(3)),
            let parallelization = Int(parts[2].dropFirst(2)), costs.contains(cost),
            (1...16).contains(parallelization)
        else { return nil }
        return (cost, parallelization)
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(Base64.encode(bytes).prefix { $0 != "=" })
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Base64.decode(String(text) + padding)
    }
}

/// The workers that compute hashes, and what they compare with when there is no user: an answer
/// takes as long for a name that nobody has.
///
/// Half of the queue is for whom the hub knows: a flood of guesses fills the other half alone.
struct PasswordWorkers: Sendable {
    let pool: WorkerPool
    let cost: Int
    let decoy: String

    private static let queuedMax = 64
    /// Places that strangers' passwords don't get.
    static let reservedCount = queuedMax / 2

    /// Starts the workers.
    init(cost: Int) throws(Errno) {
        pool = try WorkerPool(threadCount: 2, queuedMax: PasswordWorkers.queuedMax)
        self.cost = cost
        decoy = PasswordHash.decoy(cost: cost)
    }
}
