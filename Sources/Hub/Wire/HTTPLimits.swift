// What a request may cost before anything is known about who sends it. Each limit has its own
// error, so that a client learns which one it met.

/// The limits of a request.
package struct HTTPLimits: Sendable {
    /// The longest request target: what browsers and proxies send at most in practice.
    package var targetBytesMax: Int
    /// The longest head, request line and blank line included; below 64 KiB.
    package var headBytesMax: Int
    /// The most header fields.
    package var headerCountMax: Int
    /// The longest body; a route may allow less.
    package var bodyBytesMax: Int

    /// The default limits, or others.
    package init(
        targetBytesMax: Int = 8192, headBytesMax: Int = 32_768, headerCountMax: Int = 100,
        bodyBytesMax: Int = 1_048_576
    ) {
        self.targetBytesMax = targetBytesMax
        self.headBytesMax = headBytesMax
        self.headerCountMax = headerCountMax
        self.bodyBytesMax = bodyBytesMax
    }
}
