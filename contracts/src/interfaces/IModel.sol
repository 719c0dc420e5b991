// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IModel
/// @notice The learner of a pool: validates samples, predicts, and learns from accepted contributions.
/// @dev A model is an abstract contract that a pool inherits (`src/models`). Samples are opaque bytes to the pool; the
/// model alone knows their format. All arithmetic is on integers, updates saturate and never revert, and an integer
/// twin in `app/core/models` agrees with it bit for bit.
///
/// Warning: how weights are laid out in storage or code is private to the model. Read them with `weights` and compare
/// them with `digest`.
interface IModel {
    /// @notice Thrown when a sample has no features.
    error SampleEmpty();
    /// @notice Thrown when a sample's bytes do not divide into features.
    error SampleLengthInvalid(uint256 length);
    /// @notice Thrown when a sample has more features than a transaction can afford to claim later, or, of a contribution,
    /// more than the pool allows.
    error SampleTooLong(uint256 features, uint256 maximum);
    /// @notice Thrown when the feature at `position` is not above the one before it (unsorted or repeated).
    error SampleNotAscending(uint256 position, uint256 previous, uint256 feature);
    /// @notice Thrown when the feature at `position` is not below the number of words.
    error SampleFeatureOutOfRange(uint256 position, uint256 feature, uint256 numWords);
    /// @notice Thrown when a contribution's vector is longer than the pool allows: its square, the sum of its numbers' squares,
    /// is above that of the longest.
    error SampleSquareTooLarge(uint256 square, uint256 maximum);
    /// @notice Thrown when a label is not below the class count.
    error LabelOutOfRange(uint256 label, uint256 classes);
    /// @notice Thrown at deployment when there are more or fewer chunks of initial weights than the model reads.
    error ModelChunksInvalid(uint256 chunks, uint256 expected);
    /// @notice Thrown at deployment when a chunk of initial weights has another length, or is not immutable code.
    error ModelWeightsInvalid(uint256 chunk, uint256 expectedLength, uint256 length);
    /// @notice Thrown at deployment when an initial weight is one that no samples could have led to, or that none could bring
    /// across 0, where the pool is to have none of those.
    error ModelWeightOutOfRange(uint256 index, int256 weight);
    /// @notice Thrown at deployment when a parameter of the model is out of range.
    /// @param size How many words or dimensions.
    /// @param other What is out of range if that is not: the step, the classes, the scale or the largest sample, as the model
    /// has them.
    error ModelParametersInvalid(uint256 size, uint256 other);
    /// @notice Thrown at deployment when a class has a word in more initial samples than it has.
    error ModelCountAboveSamples(uint256 classIndex, uint256 samples);
    /// @notice Thrown when a range of weights is empty, reversed or beyond the last.
    error WeightRangeInvalid(uint256 from, uint256 to, uint256 count);

    /// @notice Name and version of the learner, left-aligned ASCII, such as "sparse-perceptron/1".
    function modelId() external pure returns (bytes32);

    /// @notice Name and version of the sample format, left-aligned ASCII, such as "vocabulary-uint16/1".
    function sampleFormat() external pure returns (bytes32);

    /// @notice How many bytes the model's packed parameters have. In a pool's code the chunks' addresses follow them.
    function modelParametersLength() external pure returns (uint256);

    /// @notice The model's parameters, as numbers in the order that the model documents.
    function modelParameters() external view returns (uint256[] memory);

    /// @notice How many classes there are; labels run from 0 to this less one.
    function classCount() external view returns (uint16);

    /// @notice Predicts without changing anything. Free for anyone to call.
    /// @return label The predicted class.
    /// @return score The value it was decided by; above 0 is class 1 in a binary model.
    function predict(bytes calldata sample) external view returns (uint16 label, int256 score);

    /// @notice How many logical weights there are, bias included.
    function weightCount() external view returns (uint256);

    /// @notice The logical weights in `[from, to)`, bias last.
    function weights(uint256 from, uint256 to) external view returns (int32[] memory);

    /// @notice keccak256 of all logical weights as big-endian int32, bias last.
    function digest() external view returns (bytes32);
}
