// What a snapshot of the learned state holds, in order, and the reading of it.

extension ModelState {
    /// Another layout gets another number; a snapshot of another number is not read, and the log is
    /// folded from its beginning instead.
    private static let layout: UInt64 = 1

    /// The state as bytes.
    package func serialized() -> [UInt8] {
        var writer = ModelWriter()
        writer.write(ModelState.layout)
        writer.write(version)
        writer.write(position)
        exploration.write(to: &writer)
        writer.write(names.count)
        for (name, model) in zip(names, models) {
            writer.write(name)
            model.write(to: &writer)
        }
        writer.write(memory.countMax)
        writer.write(memory.count)
        for entry in memory.all { entry.write(to: &writer) }
        return writer.bytes
    }

    /// The state that `serialized` gave, to the bit; nil for bytes that are none.
    package init?(serialized bytes: [UInt8]) {
        do throws(MalformedSnapshot) {
            var reader = ModelReader(bytes)
            try self.init(from: &reader)
        } catch {
            return nil
        }
    }

    private init(from reader: inout ModelReader) throws(MalformedSnapshot) {
        guard try reader.word() == ModelState.layout else { throw MalformedSnapshot() }
        version = try reader.word()
        position = try reader.word()
        exploration = try Exploration(from: &reader)
        for _ in 0..<(try reader.count(size: 8)) {
            let name = try reader.text()
            guard names.last.map({ $0 < name }) ?? true else { throw MalformedSnapshot() }
            names.append(name)
            models.append(try ActionModel(exploration: exploration, from: &reader))
        }
        let countMax = try reader.word()
        guard (1...UInt64(1 << 24)).contains(countMax) else { throw MalformedSnapshot() }
        memory = DecisionMemory(countMax: Int(countMax))
        for _ in 0..<(try reader.count(size: 8)) {
            memory.append(try RememberedDecision(from: &reader))
        }
        guard reader.isAtEnd else { throw MalformedSnapshot() }
    }
}

extension Exploration {
    fileprivate func write(to writer: inout ModelWriter) {
        writer.write(optimism)
        writer.write(width)
        writer.write(uniformMax)
        writer.write(uniformHalving)
        writer.write(priorVariance)
        writer.write(priorReward)
    }

    fileprivate init(from reader: inout ModelReader) throws(MalformedSnapshot) {
        optimism = try reader.number()
        width = try reader.number()
        uniformMax = try reader.number()
        uniformHalving = try reader.number()
        priorVariance = try reader.number()
        priorReward = try reader.number()
        guard width > 0, uniformMax > 0, uniformMax <= 0.05, uniformHalving > 0, priorVariance > 0
        else { throw MalformedSnapshot() }
    }
}

extension ActionModel {
    fileprivate func write(to writer: inout ModelWriter) {
        writer.write(updateCount)
        space.write(to: &writer)
        writer.write(actions.count)
        for (action, arm) in zip(actions, arms) {
            writer.write(action)
            arm.write(to: &writer)
        }
    }

    fileprivate init(
        exploration: Exploration, from reader: inout ModelReader
    ) throws(MalformedSnapshot) {
        self.init(exploration: exploration)
        updateCount = try reader.word()
        space = try FeatureSpace(from: &reader)
        for _ in 0..<(try reader.count(size: 8)) {
            actions.append(try reader.text())
            arms.append(try ArmModel(priorVariance: exploration.priorVariance, from: &reader))
        }
        guard arms.count <= ActionModel.armCountMax else { throw MalformedSnapshot() }
    }
}

extension ArmModel {
    fileprivate func write(to writer: inout ModelWriter) {
        writer.write(updateCount)
        writer.write(squaredErrors)
        writer.write(weights)
        writer.write(covariance)
    }

    fileprivate init(
        priorVariance: Double, from reader: inout ModelReader
    ) throws(MalformedSnapshot) {
        let updateCount = try reader.word()
        let squaredErrors = try reader.number()
        let weights = try reader.blocks()
        let covariance = try reader.blocks()
        guard weights.count <= FeatureSpace.dimensionMax / ArmModel.blockWidth,
            covariance.count == 4 * weights.count * (weights.count + 1)
        else { throw MalformedSnapshot() }
        self.init(
            priorVariance: priorVariance, updateCount: updateCount, squaredErrors: squaredErrors,
            weights: weights, covariance: covariance)
    }
}

extension FeatureSpace {
    fileprivate func write(to writer: inout ModelWriter) {
        let own = slots.dropFirst(FeatureSpace.ownStart)
        writer.write(own.count)
        for slot in own {
            writer.write(UInt64(slot.kind.rawValue))
            writer.write(slot.name)
            writer.write(slot.category)
            writer.write(slot.count)
            writer.write(slot.mean)
            writer.write(slot.squares)
        }
    }

    fileprivate init(from reader: inout ModelReader) throws(MalformedSnapshot) {
        var own: [FeatureSlot] = []
        for _ in 0..<(try reader.count(size: 48)) {
            let kind = try reader.word()
            let name = try reader.text()
            let category = try reader.text()
            let feature =
                kind == UInt64(FeatureSlot.Kind.number.rawValue)
                ? Feature(name, 0) : Feature(name, category)
            guard let known = FeatureSlot.Kind(rawValue: UInt8(truncatingIfNeeded: kind)),
                known == .number || known == .category
            else { throw MalformedSnapshot() }
            var slot = FeatureSlot(
                kind: known, name: name, category: category, key: feature.key)
            slot.count = try reader.number()
            slot.mean = try reader.number()
            slot.squares = try reader.number()
            own.append(slot)
        }
        guard own.count <= FeatureSpace.dimensionMax - FeatureSpace.ownStart else {
            throw MalformedSnapshot()
        }
        self.init(ownSlots: own)
    }
}

extension RememberedDecision {
    fileprivate func write(to writer: inout ModelWriter) {
        writer.write(decision.id)
        writer.write(decision.model)
        writer.write(decision.action)
        writer.write(decision.propensity)
        decision.features.write(to: &writer)
        writer.write(feedback.count)
        for one in feedback {
            writer.write(one.id)
            writer.write(one.reward)
        }
        writer.write(vector == nil ? 0 : 1)
        if let vector {
            writer.write(vector.dimension)
            for slot in 0..<vector.dimension { writer.write(vector.coordinate(slot)) }
        }
    }

    fileprivate init(from reader: inout ModelReader) throws(MalformedSnapshot) {
        let id = try reader.id()
        let model = try reader.text()
        let action = try reader.text()
        let propensity = try reader.number()
        let features = try Features(from: &reader)
        self.init(
            LoggedDecision(
                id: id, model: model, features: features, action: action, propensity: propensity))
        for _ in 0..<(try reader.count(size: 24)) {
            let feedbackID = try reader.id()
            feedback.append(Feedback(id: feedbackID, decision: id, reward: try reader.number()))
        }
        if try reader.word() != 0 {
            let count = try reader.count(size: 8)
            guard count <= FeatureSpace.dimensionMax else { throw MalformedSnapshot() }
            var learned = FeatureVector()
            learned.clear(dimension: count)
            for slot in 0..<count { learned.add(try reader.number(), to: slot) }
            learned.finish()
            self.learned(with: learned)
        }
    }
}

extension Features {
    fileprivate func write(to writer: inout ModelWriter) {
        writer.write(list.count)
        for feature in list {
            writer.write(feature.name)
            switch feature.value {
            case .number(let number):
                writer.write(0)
                writer.write(number)
            case .category(let category):
                writer.write(1)
                writer.write(category)
            }
        }
    }

    fileprivate init(from reader: inout ModelReader) throws(MalformedSnapshot) {
        var list: [Feature] = []
        for _ in 0..<(try reader.count(size: 24)) {
            let name = try reader.text()
            if try reader.word() == 0 {
                list.append(Feature(name, try reader.number()))
            } else {
                list.append(Feature(name, try reader.text()))
            }
        }
        self.init(list)
    }
}
