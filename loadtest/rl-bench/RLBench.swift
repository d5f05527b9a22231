// The learning scorer measured from outside the server: against data sets, against the clock, and
// against its own promises a million times over. `make bench-rl` runs all three.

import Domain

/// `rl-bench compare | time | check`.
@main
enum RLBench {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        switch arguments.first {
        case "compare":
            Comparison(exploration: exploration(Array(arguments.dropFirst()))).run()
        case "time":
            Timing().run()
        case "check":
            Promises().run()
        default:
            print("usage: rl-bench compare [name=value …] < data | time | check")
        }
    }

    /// The shipped setting, with other numbers where arguments such as `optimism=0.2` say so.
    private static func exploration(_ arguments: [String]) -> Exploration {
        var result = Exploration.standard
        for argument in arguments {
            let parts = argument.split(separator: "=")
            guard parts.count == 2, let value = Double(parts[1]) else { continue }
            switch parts[0] {
            case "optimism": result.optimism = value
            case "width": result.width = value
            case "uniformMax": result.uniformMax = value
            case "uniformHalving": result.uniformHalving = value
            case "priorVariance": result.priorVariance = value
            case "priorReward": result.priorReward = value
            default: break
            }
        }
        return result
    }
}

/// SplitMix64: the same draws in every run.
struct Draws {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// From 0 to 1, not 1.
    mutating func fraction() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// From 0 to `end`, not `end`.
    mutating func below(_ end: Int) -> Int {
        Int(next() % UInt64(end))
    }
}
