// The hub's own keys where all its instances find them, read again from time to time: who changes
// them with `hub keys` asks no hub to start anew.

import Gateway
import Reactor

/// Reads and changes the keys of one configuration.
struct SigningKeys: Sendable {
    private let configuration: Configuration
    private let connection: String?

    /// The keys of a configuration whose database is at `connection`.
    init(_ configuration: Configuration, connection: String?) {
        self.configuration = configuration
        self.connection = connection
    }

    /// How often they are read again: a file costs nothing, Postgres a connection.
    var pollMilliseconds: Int64 { configuration.databaseURL == nil ? 1_000 : 10_000 }

    /// The keys; a first one is made when there is none.
    func read() throws -> OwnKeys {
        try parse(KeptSecret.signingKeys.find(configuration, connection: connection))
    }

    /// Changes the keys as a whole.
    func change<Answer>(
        _ body: (inout OwnKeys) throws(OwnKeysFault) -> Answer
    ) throws -> Answer {
        for _ in 0..<10 {
            let old = try KeptSecret.signingKeys.find(configuration, connection: connection)
            var keys = try parse(old)
            let answer: Answer
            do throws(OwnKeysFault) {
                answer = try body(&keys)
            } catch {
                throw Failure(exitCode: 65, error.description)
            }
            let isDone = try KeptSecret.signingKeys.replace(
                old, with: Array(keys.text.utf8), configuration, connection: connection)
            if isDone { return answer }
        }
        throw Failure(exitCode: 75, "somebody else changes the token keys")
    }

    private func parse(_ bytes: [UInt8]) throws -> OwnKeys {
        do throws(OwnKeysFault) {
            return try OwnKeys(bytes)
        } catch {
            throw Failure(exitCode: 78, "the token keys can't be used: \(error)")
        }
    }
}
