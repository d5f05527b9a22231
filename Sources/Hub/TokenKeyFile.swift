// The file with the public keys of others whose tokens are taken, read once at the start.

import Gateway

/// Finds the keys.
enum TokenKeyFile {
    /// The keys of a configuration; none when it names no file.
    static func read(_ configuration: Configuration) throws -> [TokenKey] {
        guard let path = configuration.jwtKeys else { return [] }
        guard let bytes = Files.read(path) else { throw failure(path, "can't be read") }
        do throws(TokenKeysFault) {
            return try TokenKey.keys(ofSet: bytes)
        } catch {
            throw failure(path, error.description)
        }
    }

    private static func failure(_ path: String, _ reason: String) -> Failure {
        let error = ConfigurationError(setting: .jwtKeys, reason: "\(path) \(reason)")
        return Failure(exitCode: 78, "\(error)")
    }
}
