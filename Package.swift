// swift-tools-version: 6.2
// The first map of the project: targets from the kernel up, and what each may import. Build with
// `--explicit-target-dependency-import-check error` (the Makefile does), or the arrows are
// decoration.

import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Tests may read untyped what the product may not, but a warning stops them as well.
let tests: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "UnifiedCore",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // C: module maps and shims only.
        .systemLibrary(name: "CLinux", path: "Sources/Hub/System/CLinux"),
        .systemLibrary(name: "COpenSSL", path: "Sources/Hub/System/COpenSSL", pkgConfig: "openssl"),
        .systemLibrary(name: "CZlib", path: "Sources/Hub/System/CZlib", pkgConfig: "zlib"),
        .systemLibrary(name: "CPostgres", path: "Sources/Hub/System/CPostgres", pkgConfig: "libpq"),
        .systemLibrary(name: "CCurl", path: "Sources/Hub/System/CCurl", pkgConfig: "libcurl"),

        // Pure: what the business means. Imports nothing; optimized code has square roots in libm.
        .target(
            name: "Domain", swiftSettings: strict, linkerSettings: [.linkedLibrary("m")]),

        // The only target that calls the kernel: epoll, sockets, timers, threads. No protocol.
        .target(
            name: "Reactor", dependencies: ["CLinux"], path: "Sources/Hub/Reactor",
            swiftSettings: strict),

        // Bytes and messages: HTTP, JSON, SSE, WebSocket, deflate by zlib. Pure.
        .target(
            name: "Wire", dependencies: ["CZlib"], path: "Sources/Hub/Wire",
            swiftSettings: strict),

        // Hashes and signatures by libcrypto, TLS by libssl.
        .target(
            name: "TLS", dependencies: ["COpenSSL"], path: "Sources/Hub/TLS",
            swiftSettings: strict),

        // The one log: positions, frames, segments, filters, cursors. Pure.
        .target(
            name: "EventLog", dependencies: ["Wire"], path: "Sources/Hub/EventLog",
            swiftSettings: strict),

        // Postgres: the only target that says SQL. The committer lives here.
        .target(
            name: "Store", dependencies: ["Domain", "Wire", "Reactor", "EventLog", "CPostgres"],
            path: "Sources/Hub/Store", swiftSettings: strict),

        // Clients of other systems: HTTP by libcurl.
        .target(
            name: "Links", dependencies: ["Reactor", "Wire", "CCurl"], path: "Sources/Hub/Links",
            swiftSettings: strict),

        // Compliance, scoring, workflow, notifications and the log: durable readers of the log.
        .target(
            name: "Processors",
            dependencies: ["Domain", "Wire", "EventLog", "Store", "TLS", "Reactor"],
            path: "Sources/Hub/Processors", swiftSettings: strict),

        // The hot path, in the order of a request.
        .target(
            name: "Gateway",
            dependencies: ["Domain", "Wire", "TLS", "Reactor", "EventLog", "Store"],
            path: "Sources/Hub/Gateway", swiftSettings: strict),

        // The load tester: a client, so it knows neither Gateway nor Domain.
        .target(
            name: "LoadTest",
            dependencies: [
                "Reactor", "Wire", "TLS",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            path: "loadtest", exclude: ["README.md", "bench", "rl-bench"], swiftSettings: strict),

        // The learning scorer measured alone: against data sets, the clock and its promises.
        .executableTarget(
            name: "rl-bench", dependencies: ["Domain"], path: "loadtest/rl-bench",
            swiftSettings: strict),

        // The program: command line, configuration, threads, signals. No logic.
        .executableTarget(
            name: "hub",
            dependencies: [
                "Domain", "Wire", "TLS", "Reactor", "EventLog", "Store", "Links", "Processors",
                "Gateway", "LoadTest",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/Hub",
            exclude: [
                "System", "Reactor", "Wire", "TLS", "EventLog", "Store", "Links", "Processors",
                "Gateway",
            ],
            swiftSettings: strict),

        // What is fuzzed: each parser as a function of bytes. `make fuzz` runs them.
        .target(
            name: "FuzzTargets", dependencies: ["Wire", "TLS", "EventLog", "Gateway"],
            path: "Tests/fuzz/targets", swiftSettings: tests),

        // Tests: what a user would notice, in sentences.
        .target(
            name: "Support", dependencies: ["CLinux", "Wire", "TLS"], path: "Tests/Support",
            swiftSettings: tests),
        .testTarget(
            name: "DomainTests", dependencies: ["Domain", "TLS", "Support"],
            swiftSettings: tests),
        .testTarget(
            name: "ReactorTests", dependencies: ["Reactor", "Support"],
            swiftSettings: tests),
        .testTarget(
            name: "WireTests", dependencies: ["Wire", "FuzzTargets", "Support"],
            swiftSettings: tests),
        .testTarget(
            name: "EventLogTests", dependencies: ["EventLog", "Wire", "Support"],
            swiftSettings: tests),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Store", "Domain", "EventLog", "Reactor", "Wire", "Support"],
            swiftSettings: tests),
        .testTarget(
            name: "ProcessorsTests",
            dependencies: [
                "Processors", "Store", "Domain", "EventLog", "Reactor", "Wire", "TLS", "Support",
            ], swiftSettings: tests),
        .testTarget(
            name: "GatewayTests",
            dependencies: ["Gateway", "Store", "Domain", "EventLog", "Wire", "TLS", "Support"],
            swiftSettings: tests),
        .testTarget(
            name: "LoadTestTests", dependencies: ["LoadTest", "Support", "Wire"],
            swiftSettings: tests),
        .testTarget(
            name: "HubTests", dependencies: ["hub", "Support", "Wire", "TLS"],
            swiftSettings: tests),
        .testTarget(
            name: "TidyTests", dependencies: ["Support"],
            swiftSettings: tests),
    ],
    swiftLanguageModes: [.v6]
)
