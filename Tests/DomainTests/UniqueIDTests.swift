// Identifiers: their bits, their text, their order.

import Domain
import Support
import Testing

@Suite struct `Unique ids` {
    @Test func `an id made here has the time, the version and the variant of RFC 9562`() {
        // The example of RFC 9562 appendix A.6: Tuesday, February 22, 2022 2:22:22.00 PM GMT-05:00.
        let made = UniqueID(
            milliseconds: 0x017F_22E2_79B0, random: (0xCC3, 0x18C4_DC0C_0C07_398F))
        #expect(made.text == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    }

    @Test func `random bits never reach the time, the version or the variant`() {
        let made = UniqueID(milliseconds: 0, random: (.max, .max))
        #expect(made.text == "00000000-0000-7fff-bfff-ffffffffffff")
        let other = UniqueID(milliseconds: 0, random: (0, 0))
        #expect(other.text == "00000000-0000-7000-8000-000000000000")
    }

    @Test func `ids made later sort behind, as values and as text`() {
        var random = TestSeed.random("ids in order")
        var earlier = UniqueID(milliseconds: 0, random: (random.next(), random.next()))
        for step in 1..<2000 {
            let later = UniqueID(
                milliseconds: Int64(step) * 977_777_777, random: (random.next(), random.next()))
            #expect(earlier < later)
            #expect(earlier.text < later.text)
            earlier = later
        }
    }

    @Test func `text and value are the same thing`() {
        var random = TestSeed.random("id texts")
        for _ in 0..<2000 {
            let value = UniqueID(high: random.next(), low: random.next())
            #expect(UniqueID(value.text) == value)
            #expect(UniqueID(value.text.uppercased()) == value)
        }
    }

    @Test(arguments: [
        "", "0", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
        "017f22e279b07cc398c4dc0c0c07398f", "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e2_79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e-279b0-7cc3-98c4-dc0c0c07398f", " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f\u{0}", "０17f22e2-79b0-7cc3-98c4-dc0c0c0739",
    ])
    func `text that is no id is not read as one`(text: String) {
        #expect(UniqueID(text) == nil)
    }
}
