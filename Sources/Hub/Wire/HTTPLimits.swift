// What a request may cost before anything is known about who sends it. Each limit has its own
// error, so that a client learns which one it met.

/// The limits of a request.
package struct HTTPLimits: Sendable {
    /// The longest request target: what browsers and proxies send at most in practice.
    package var targetBytesMax = 8192
    /// The longest head, request line and blank line included.
    package var headBytesMax = 32_768
    /// The most header fields.
    package var headerCountMax = 100
    /// The longest body; a route may allow less.
    package var bodyBytesMax = 1_048_576

    /// The default limits.
    package init() {}
}
