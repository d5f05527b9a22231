// The secret that tokens are signed with: given, or made once and kept.

/// Finds the secret.
enum TokenSecret {
    /// The secret for a configuration whose database is at `connection`.
    static func find(_ configuration: Configuration, connection: String?) throws -> [UInt8] {
        if let secret = configuration.jwtSecret { return Array(secret.utf8) }
        return try KeptSecret.tokens.find(configuration, connection: connection)
    }
}
