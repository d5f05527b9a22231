// The standard normal distribution without a mathematical library: its distribution function from
// a table, cubic between the entries. The table is made once from e^x by range reduction and a
// Taylor polynomial and by Simpson's rule; all of it plain arithmetic, the same bits everywhere.

/// N(0, 1).
enum NormalDistribution {
    /// Where the table ends; beyond it the function is taken as 0 and 1 (off by 1e-15).
    static let tableEnd = 8.0
    private static let cellsPerUnit = 32.0

    /// Φ at −8, −8 + 1/32, …, 8, and the density there times the width of a cell.
    static let table = makeTable()

    /// P(X ≤ x), with an error of at most 5e-9.
    @inline(__always)
    static func cumulative(_ x: Double, in table: borrowing Span<SIMD2<Double>>) -> Double {
        let place = (x + tableEnd) * cellsPerUnit
        guard place > 0 else { return 0 }
        guard place < Double(table.count - 1) else { return 1 }
        let cell = Int(place)
        let t = place - Double(cell)
        let left = table[cell]
        let right = table[cell + 1]
        let rise = right[0] - left[0]
        let a = left[1] - rise
        let b = rise - right[1]
        return left[0] + t * (rise + (1 - t) * (a * (1 - t) + b * t))
    }

    /// P(X ≤ x), with an error of at most 5e-9.
    static func cumulative(_ x: Double) -> Double {
        cumulative(x, in: table.span)
    }

    /// The density at x.
    static func density(_ x: Double) -> Double {
        exponential(-x * x / 2) * 0.398_942_280_401_432_7
    }

    /// e^x for −745 < x < 700, with a relative error of at most 1e-14.
    static func exponential(_ x: Double) -> Double {
        guard x > -700 else { return 0 }
        let power = (x * 1.442_695_040_888_963_4).rounded()
        let rest = x - power * 0.693_147_180_369_123_8 - power * 1.908_214_929_270_587_7e-10
        var sum = 1.0
        for n in stride(from: 14.0, through: 1, by: -1) { sum = 1 + rest / n * sum }
        return sum * Double(sign: .plus, exponent: Int(power), significand: 1)
    }

    private static func makeTable() -> [SIMD2<Double>] {
        let width = 1 / cellsPerUnit
        let cellCount = Int(2 * tableEnd * cellsPerUnit)
        var result: [SIMD2<Double>] = []
        var sum = 0.0
        for cell in 0...cellCount {
            let x = -tableEnd + Double(cell) * width
            result.append(SIMD2(sum, density(x) * width))
            let middle = 4 * density(x + width / 2)
            sum += (density(x) + middle + density(x + width)) * width / 6
        }
        return result
    }
}
