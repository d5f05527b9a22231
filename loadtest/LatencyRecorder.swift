// Latencies in an HdrHistogram: every value is kept to three significant digits, so the far
// quantiles are as true as the median and nothing is sampled.

internal import Histogram
import Wire

/// Counts latencies of one kind.
struct LatencyRecorder {
    // Three digits from a microsecond on; what exceeds two minutes counts as two minutes.
    private static let nanosecondsMax: UInt64 = 120_000_000_000
    private var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 1_000, highestTrackableValue: nanosecondsMax,
        numberOfSignificantValueDigits: .three)

    /// Counts one latency; a negative one counts as none.
    @inline(__always)
    mutating func record(nanoseconds: Int64) {
        histogram.record(min(UInt64(max(0, nanoseconds)), LatencyRecorder.nanosecondsMax))
    }

    /// The quantiles so far.
    var summary: LatencySummary {
        guard histogram.totalCount > 0 else { return LatencySummary() }
        return LatencySummary(
            count: Int(histogram.totalCount), p50Microseconds: microseconds(50),
            p90Microseconds: microseconds(90), p99Microseconds: microseconds(99),
            p999Microseconds: microseconds(99.9), maxMicroseconds: microseconds(100))
    }

    private func microseconds(_ percentile: Double) -> Int {
        Int(histogram.valueAtPercentile(percentile) / 1_000)
    }
}

/// Quantiles of a set of latencies; all 0 when the set is empty.
package struct LatencySummary: Equatable, Sendable {
    package var count = 0
    package var p50Microseconds = 0
    package var p90Microseconds = 0
    package var p99Microseconds = 0
    package var p999Microseconds = 0
    package var maxMicroseconds = 0

    /// The quantiles in milliseconds, in one line.
    package var text: String {
        guard count > 0 else { return "none measured" }
        return [
            "p50 \(milliseconds(p50Microseconds))", "p90 \(milliseconds(p90Microseconds))",
            "p99 \(milliseconds(p99Microseconds))", "p99.9 \(milliseconds(p999Microseconds))",
            "max \(milliseconds(maxMicroseconds)) ms",
        ].joined(separator: ", ")
    }

    /// Writes an object of microseconds.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("count")
        writer.integer(count)
        writer.name("p50_us")
        writer.integer(p50Microseconds)
        writer.name("p90_us")
        writer.integer(p90Microseconds)
        writer.name("p99_us")
        writer.integer(p99Microseconds)
        writer.name("p999_us")
        writer.integer(p999Microseconds)
        writer.name("max_us")
        writer.integer(maxMicroseconds)
        writer.endObject()
    }

    private func milliseconds(_ microseconds: Int) -> String {
        FixedText.thousandths(microseconds)
    }
}
