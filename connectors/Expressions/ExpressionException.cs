namespace Kombo.Connectors.Expressions;

/// <summary>An expression cannot be compiled, or cannot be evaluated with the values it got. The message holds no values.</summary>
sealed class ExpressionException(string message) : Exception(message);
