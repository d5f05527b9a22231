// A limit on everything that a client can make grow, each with its reason.

package import Domain
package import Wire

/// The limits of one hub; every one can be set on the command line.
package struct Limits: Sendable {
    /// Sizes of a request's head and body (RFC 9112 §3, RFC 6585 §5).
    package var http = HTTPLimits()
    /// The longest time from a request's first byte to its last header: slow loris.
    package var headerTimeoutMilliseconds: Int64 = 10_000
    /// The longest time from a request's head to its last body byte.
    package var bodyTimeoutMilliseconds: Int64 = 10_000
    /// How long a connection may stay open between two requests.
    package var idleTimeoutMilliseconds: Int64 = 20_000
    /// How long an answer may wait for the peer to read.
    package var writeTimeoutMilliseconds: Int64 = 30_000
    /// How long a stream's socket may take nothing before its reader is slow.
    package var slowMilliseconds: Int64 = 20_000
    /// What the kernel may hold for streams whose readers don't read, over all loops; 0: no limit.
    package var outboundBytesMax = 268_435_456
    /// How long we read and forget what a refused peer still sends, so that it gets our answer.
    package var lingerMilliseconds: Int64 = 2_000
    /// The longest WebSocket message.
    package var messageBytesMax = 1_048_576
    /// The longest message of `/echo`.
    package var echoBytesMax = 16_777_216
    /// Requests of one connection that may wait for their answers at once.
    package var pipelinedMax = 128
    /// Unparsed bytes after which a connection is no longer read.
    package var pendingInputBytesMax = 65_536
    /// Bytes handed to one send of a stream.
    package var sendBytesMax = 131_072
    /// Connections that a loop accepts, and as many that it hears for the first time, before it
    /// looks at its other work again; the same while streams catch up.
    package var newcomersPerTurn = 16
    package var newcomersPerStormTurn = 4
    /// How long a turn sweeps or serves marked streams before the loop looks at its other work.
    package var sliceMicroseconds: Int64 = 250
    /// The same for streams that catch up: each of their sends is a long one.
    package var catchUpSliceMicroseconds: Int64 = 250
    /// How many times as long as the turn took streams and newcomers rest then, if a command is
    /// under way.
    package var catchUpRestFactor: Int64 = 2
    /// What the kernel may hold of a stream that catches up: as many are admitted at a time as
    /// `outboundBytesMax` has room for.
    package var catchUpBytesEach = 524_288
    /// History pages of one loop that Postgres is asked for at a time.
    package var pagesUnderwayMax = 4
    /// Connections of one loop; the kernel's own limit may be lower.
    package var connectionsMax = 1_000_000
    /// Streams that a principal may have open at this instance; 0: any number.
    package var principalStreamsMax = 1_000
    /// Connections that an address may have open at this instance; 0: any number, for behind a
    /// proxy that is not known as one all have the same.
    package var addressConnectionsMax = 0
    /// TLS handshakes of one loop that may be under way: each holds three times what a stream does.
    package var handshakesMax = 1_000
    /// A stream is never silent for longer than 15 s; this is when we speak.
    package var heartbeatMilliseconds: Int64 = 13_000
    /// The log in memory of each loop; the frames themselves are shared by all loops.
    package var logBytesMax = 67_108_864
    /// History pages that a loop keeps for readers that catch up.
    package var pageBytesMax = 33_554_432
    /// Tokens remembered as verified, over all shards.
    package var verifiedTokensMax = 100_000
    /// What the windows of the rate limit may take, for principals and addresses half each.
    package var rateLimitBytesMax = 67_108_864
    /// How long a stopping hub waits for answers that are on their way.
    package var drainMilliseconds: Int64 = 10_000
    /// Over how long a stopping hub ends its streams.
    package var drainWindowMilliseconds: Int64 = 5_000
    /// How long a stream lives at most, each up to a fifth shorter; 0: for ever.
    package var streamLifetimeSeconds = 3_600
    /// Requests that clients may make (spec: 100 a minute); none switches the rate limit off.
    package var rates = RatePolicies(default: RateLimit(quota: 100, windowSeconds: 60))

    package init() {}
}
