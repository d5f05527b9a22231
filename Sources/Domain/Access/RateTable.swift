// Windows of many clients in memory that never grows beyond its bound. A client is a number, the
// hash of its name under a key that nobody outside knows, so no client chooses where its windows
// lie or whose they push out.
//
// A window lies in one of two buckets of places, that with more room (two choices balance a table,
// Azar et al. 1999): nearly all places are taken before a bucket overflows. The table doubles then,
// up to its bound. From there on a new window takes the place of one that is over, else of the one
// whose loss gives away the least: of those that are not exhausted the one of fewest requests. A
// client beyond its limit is forgotten only when every place that it could have holds a client
// beyond its limit, and each of those has cost its quota of requests.

/// What the limits say of a request.
package struct RateVerdict: Equatable, Sendable {
    package let isAdmitted: Bool
    /// Requests left in the window of the policy that decided.
    package let remaining: Int
    /// Whole seconds to that window's end, at least 1.
    package let resetSeconds: Int
    /// The policy that decided, by its place among all.
    package let policy: Int
    /// The other one that the request counts for.
    package let other: Int?
    /// Windows of others that were given up for this request before their time.
    package let forgottenCount: Int
}

/// Whose requests are counted, and by which policy.
package struct RateKey: Equatable, Sendable {
    package let client: UInt64
    package let policy: Int

    package init(_ client: UInt64, _ policy: Int) {
        self.client = client
        self.policy = policy
    }
}

/// Windows by client and policy.
package struct RateTable: Sendable {
    /// A window, or none; 24 bytes.
    private struct Place {
        var client: UInt64 = 0
        var window = RateWindow(openedMilliseconds: 0)
        var policy = RateTable.noPolicy
    }

    private static let noPolicy = UInt16.max
    /// Places of a bucket: two of them are looked at for each request.
    private static let bucketSize = 8
    private static let bucketsAtFirst = 4

    /// Bytes of a window.
    package static let placeByteCount = MemoryLayout<Place>.stride

    private let limits: [RateLimit]
    private let bucketsMax: Int
    private var places: [Place]
    private var forgottenNow = 0

    /// A table of at most so many bytes, and of eight windows at least.
    package init(limits: [RateLimit], byteCountMax: Int) {
        precondition(limits.count < Int(RateTable.noPolicy))
        self.limits = limits
        let bucketByteCount = RateTable.bucketSize * RateTable.placeByteCount
        bucketsMax = max(1, byteCountMax / bucketByteCount)
        places = RateTable.makePlaces(min(bucketsMax, RateTable.bucketsAtFirst))
    }

    private static func makePlaces(_ bucketCount: Int) -> [Place] {
        [Place](repeating: Place(), count: bucketCount * bucketSize)
    }

    /// Bytes that its windows take.
    package var byteCount: Int { places.count * RateTable.placeByteCount }

    /// Counts a request of a client for one or two policies.
    package mutating func admit(
        _ client: UInt64, _ policy: Int, and other: Int?, atMilliseconds now: Int64
    ) -> RateVerdict {
        admit(
            RateKey(client, policy), and: other.map { RateKey(client, $0) }, atMilliseconds: now)
    }

    /// Counts a request in one or two windows at a time in monotonic milliseconds.
    ///
    /// It is counted in both or in none: what one policy refuses costs nothing of the other.
    package mutating func admit(
        _ key: RateKey, and other: RateKey?, atMilliseconds now: Int64
    ) -> RateVerdict {
        forgottenNow = 0
        let place = find(key)
        var window = place.map { places[$0].window } ?? RateWindow(openedMilliseconds: now)
        let verdict = window.admit(limits[key.policy], atMilliseconds: now)
        guard let other else {
            if verdict.isAdmitted { keep(window, key, at: place, now) }
            return decided(verdict, key.policy, other: nil)
        }
        var otherWindow =
            find(other).map { places[$0].window } ?? RateWindow(openedMilliseconds: now)
        let otherVerdict = otherWindow.admit(limits[other.policy], atMilliseconds: now)
        if verdict.isAdmitted, otherVerdict.isAdmitted {
            keep(window, key, at: place, now)
            // The first may have made the table grow, or taken the other's place.
            keep(otherWindow, other, at: find(other), now)
        }
        return verdict.isStricter(than: otherVerdict)
            ? decided(verdict, key.policy, other: other.policy)
            : decided(otherVerdict, other.policy, other: key.policy)
    }

    /// Gives one request back that was counted in a window; what is not there stays so.
    package mutating func takeBack(_ key: RateKey) {
        guard let place = find(key) else { return }
        places[place].window.takeBack()
        if places[place].window.used == 0 { places[place] = Place() }
    }

    /// Gives all requests of a window back.
    package mutating func forget(_ key: RateKey) {
        if let place = find(key) { places[place] = Place() }
    }

    private func decided(
        _ verdict: RateWindow.Verdict, _ policy: Int, other: Int?
    ) -> RateVerdict {
        RateVerdict(
            isAdmitted: verdict.isAdmitted, remaining: verdict.remaining,
            resetSeconds: verdict.resetSeconds, policy: policy, other: other,
            forgottenCount: forgottenNow)
    }
}

// MARK: - Places

extension RateTable {
    private mutating func keep(
        _ window: RateWindow, _ key: RateKey, at place: Int?, _ now: Int64
    ) {
        if let place {
            places[place].window = window
            return
        }
        insert(
            Place(
                client: key.client, window: window, policy: UInt16(truncatingIfNeeded: key.policy)),
            now)
    }

    private func find(_ key: RateKey) -> Int? {
        let (first, second) = buckets(key.client, UInt16(truncatingIfNeeded: key.policy))
        return find(key, in: first) ?? find(key, in: second)
    }

    private func find(_ key: RateKey, in start: Int) -> Int? {
        for place in start..<start + RateTable.bucketSize
        where places[place].client == key.client && Int(places[place].policy) == key.policy {
            return place
        }
        return nil
    }

    private mutating func insert(_ place: Place, _ now: Int64) {
        while true {
            let (first, second) = buckets(place.client, place.policy)
            let (firstRoom, secondRoom) = (room(in: first, now), room(in: second, now))
            if firstRoom.count > 0 || secondRoom.count > 0 {
                places[(firstRoom.count >= secondRoom.count ? firstRoom : secondRoom).place] = place
                return
            }
            guard grow(now) else {
                places[leastLoss(first, second)] = place
                forgottenNow += 1
                return
            }
        }
    }

    /// How many places of a bucket are free or hold a window that is over, and one of them.
    private func room(in start: Int, _ now: Int64) -> (count: Int, place: Int) {
        var (count, free) = (0, start)
        for place in start..<start + RateTable.bucketSize where isFree(place, now) {
            count += 1
            free = place
        }
        return (count, free)
    }

    private func isFree(_ place: Int, _ now: Int64) -> Bool {
        let policy = places[place].policy
        return policy == RateTable.noPolicy
            || places[place].window.isOver(limits[Int(policy)], atMilliseconds: now)
    }

    /// The window of two full buckets whose loss gives away the least.
    private func leastLoss(_ first: Int, _ second: Int) -> Int {
        var least = first
        for offset in 0..<RateTable.bucketSize {
            if isLess(first + offset, least) { least = first + offset }
            if isLess(second + offset, least) { least = second + offset }
        }
        return least
    }

    private func isLess(_ place: Int, _ other: Int) -> Bool {
        let (one, two) = (places[place], places[other])
        let (isExhausted, isOtherExhausted) = (isExhausted(one), isExhausted(two))
        if isExhausted != isOtherExhausted { return isOtherExhausted }
        // Among the exhausted the one that is soonest over; else that of fewest requests.
        if !isExhausted, one.window.used != two.window.used {
            return one.window.used < two.window.used
        }
        return end(one) < end(two)
    }

    private func isExhausted(_ place: Place) -> Bool {
        place.window.used >= limits[Int(place.policy)].quota
    }

    private func end(_ place: Place) -> Int64 {
        place.window.openedMilliseconds + Int64(limits[Int(place.policy)].windowSeconds) * 1000
    }

    /// Doubles the table; false when it has all that it may.
    private mutating func grow(_ now: Int64) -> Bool {
        let bucketCount = places.count / RateTable.bucketSize
        guard bucketCount < bucketsMax else { return false }
        let old = places
        places = RateTable.makePlaces(min(bucketsMax, bucketCount * 2))
        for place in old where place.policy != RateTable.noPolicy {
            if place.window.isOver(limits[Int(place.policy)], atMilliseconds: now) { continue }
            insert(place, now)
        }
        return true
    }

    /// Where the two buckets of a window begin.
    private func buckets(_ client: UInt64, _ policy: UInt16) -> (Int, Int) {
        // SplitMix64's finalizer: the client's bits are random, but its policies' must be apart.
        var mixed = client &+ UInt64(policy) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        let count = UInt64(places.count / RateTable.bucketSize)
        let first = ((mixed & 0xFFFF_FFFF) &* count) >> 32
        let second = ((mixed >> 32) &* count) >> 32
        return (Int(first) * RateTable.bucketSize, Int(second) * RateTable.bucketSize)
    }
}
