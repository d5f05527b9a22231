// A little of `make fuzz` in every test run: what the fuzzer begins with, and damages of it. Inputs
// that once did wrong are kept beside them. HUB_TEST_SEED repeats a run.

import Foundation
import FuzzTargets
import Testing

@Suite struct FuzzCorpusTests {
    private static let corpus =
        (#filePath.components(separatedBy: "/WireTests/").first ?? "") + "/fuzz/corpus/"

    @Test(arguments: FuzzTarget.allCases)
    func `no parser does wrong with what the fuzzer begins with, nor with damages of it`(
        target: FuzzTarget
    ) throws {
        let folder = Self.corpus + target.rawValue
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let samples = try names.map { name in
            [UInt8](try Data(contentsOf: URL(filePath: folder + "/" + name)))
        }
        try #require(!samples.isEmpty)
        for (name, sample) in zip(names, samples) {
            #expect(target.fault(sample) == nil, "\(name)")
        }
        var generator = SeededGenerator(for: "fuzzed " + target.rawValue)
        let interesting = utf8("\r\n\t :;,.-_=&%+?#\"\\{}[]019aAfF") + [0, 0x7F, 0x80, 0xC3, 0xFF]
        for _ in 0..<1000 {
            guard let sample = samples.randomElement(using: &generator) else { return }
            var bytes = generator.mutate(sample, interesting: interesting)
            if target.readsPieces, !bytes.isEmpty {
                bytes[0] = UInt8.random(in: .min ... .max, using: &generator)
            }
            let fault = target.fault(bytes)
            #expect(fault == nil, "\(fault ?? "") with \(bytes)")
        }
    }
}
