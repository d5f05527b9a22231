// `hub keys`: the keys that access tokens are signed with, for the configuration that `hub serve`
// would use. A hub that runs follows by itself: within a second, with a `DATABASE_URL` within ten.

import ArgumentParser
import Domain
import Gateway
import Reactor

/// The hub's own keys from the command line.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "The keys that access tokens are signed with.",
        subcommands: [List.self, Rotate.self, Remove.self])

    /// Prints a line for each key.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the keys by name, and what each does.")

        @OptionGroup var data: DataOptions

        func run() throws {
            try KeysCommand.perform(data) { signing, now in
                let keys = try signing.read()
                for key in keys.keys { print(KeysCommand.line(key, of: keys, at: now)) }
            }
        }
    }

    /// Makes a key that signs from now on, or from soon on.
    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key that signs from soon on; those before still verify.")

        @Option(help: "Seconds until it signs, so that everybody knows it by then.")
        var delay = OwnKeys.cacheSeconds

        @OptionGroup var data: DataOptions

        func validate() throws {
            guard (0...86_400).contains(delay) else {
                throw ValidationError("--delay must be 0 to 86400 seconds")
            }
        }

        func run() throws {
            let secret = Entropy.bytes(32)
            try KeysCommand.perform(data) { signing, now in
                let key = try signing.change { (keys) throws(OwnKeysFault) in
                    try keys.add(
                        secret: secret, signsFromSeconds: now + Int64(delay), atSeconds: now)
                }
                print(key.id)
            }
        }
    }

    /// Takes a key away at once.
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a key away: what it signed is refused from then on.")

        @Argument(help: "The key's name, as `hub keys list` prints it.")
        var id: String

        @OptionGroup var data: DataOptions

        func run() throws {
            try KeysCommand.perform(data) { signing, now in
                try signing.change { (keys) throws(OwnKeysFault) in
                    try keys.remove(id, atSeconds: now)
                }
            }
        }
    }

    private static func perform(
        _ data: DataOptions, _ body: (SigningKeys, Int64) throws -> Void
    ) throws {
        do {
            let configuration = try Configuration.read(data.flags)
            let signing = SigningKeys(configuration, connection: configuration.databaseURL)
            try body(signing, Clock.realtimeMilliseconds() / 1000)
        } catch let failure as Failure {
            failure.exit()
        }
    }

    private static func line(_ key: OwnKey, of keys: OwnKeys, at now: Int64) -> String {
        if keys.signer(atSeconds: now) == key { return "\(key.id) signs" }
        let start = key.signsFromSeconds
        if start > now { return "\(key.id) signs from \(time(start))" }
        guard let end = keys.endSeconds(of: key), now < end else { return "\(key.id) is over" }
        return "\(key.id) verifies until \(time(end))"
    }

    private static func time(_ seconds: Int64) -> String {
        Timestamp(milliseconds: seconds * 1000).text
    }
}
