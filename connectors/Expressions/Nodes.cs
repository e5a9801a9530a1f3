namespace Kombo.Connectors.Expressions;

/// <summary>A compiled expression or a part of one. Immutable.</summary>
abstract class Node
{
    public abstract Value Evaluate(in EvaluationScope scope);

    public bool IsTrue(in EvaluationScope scope) => ValueRules.IsTrue(Evaluate(scope));
}

sealed class Literal(Value value) : Node
{
    public override Value Evaluate(in EvaluationScope scope) => value;
}

sealed class RootNode(Roots root) : Node
{
    public Roots Root => root;

    public override Value Evaluate(in EvaluationScope scope) => scope.Root(root);
}

sealed class MemberNode(Node of, Node key) : Node
{
    public override Value Evaluate(in EvaluationScope scope) => ValueRules.Member(of.Evaluate(scope), key.Evaluate(scope));
}

sealed class NotNode(Node of) : Node
{
    public override Value Evaluate(in EvaluationScope scope) => Value.Of(!of.IsTrue(scope));
}

sealed class MinusNode(Node of) : Node
{
    public override Value Evaluate(in EvaluationScope scope) => ValueRules.Calculate('-', Value.Of(0m), of.Evaluate(scope));
}

/// <summary>As in Python, the deciding side is the value.</summary>
sealed class AndNode(Node left, Node right) : Node
{
    public override Value Evaluate(in EvaluationScope scope)
    {
        var value = left.Evaluate(scope);
        return ValueRules.IsTrue(value) ? right.Evaluate(scope) : value;
    }
}

/// <summary>As in Python, the deciding side is the value.</summary>
sealed class OrNode(Node left, Node right) : Node
{
    public override Value Evaluate(in EvaluationScope scope)
    {
        var value = left.Evaluate(scope);
        return ValueRules.IsTrue(value) ? value : right.Evaluate(scope);
    }
}

/// <summary><c>a if b else c</c>; without else it is undefined where b is not true.</summary>
sealed class ChoiceNode(Node condition, Node then, Node? otherwise) : Node
{
    public override Value Evaluate(in EvaluationScope scope) =>
        condition.IsTrue(scope) ? then.Evaluate(scope) : otherwise?.Evaluate(scope) ?? Value.Undefined;
}

sealed class OperatorNode(string symbol, Node left, Node right) : Node
{
    public override Value Evaluate(in EvaluationScope scope)
    {
        var (a, b) = (left.Evaluate(scope), right.Evaluate(scope));
        return symbol switch
        {
            "==" => Value.Of(ValueRules.AreEqual(a, b)),
            "!=" => Value.Of(!ValueRules.AreEqual(a, b)),
            "<" => Value.Of(ValueRules.Compare(a, b) < 0),
            "<=" => Value.Of(ValueRules.Compare(a, b) <= 0),
            ">" => Value.Of(ValueRules.Compare(a, b) > 0),
            ">=" => Value.Of(ValueRules.Compare(a, b) >= 0),
            "in" => Value.Of(ValueRules.Contains(b, a)),
            "+" => ValueRules.Add(a, b),
            "~" => Value.Of(a.ToString() + b),
            "//" => ValueRules.Calculate('/', a, b),
            _ => ValueRules.Calculate(symbol[0], a, b),
        };
    }
}

/// <summary><c>is defined</c>, <c>is none</c>.</summary>
sealed class TestNode(Node of, string test) : Node
{
    public override Value Evaluate(in EvaluationScope scope)
    {
        var kind = of.Evaluate(scope).Kind;
        return Value.Of(test == "defined" ? kind != ValueKind.Undefined : kind == ValueKind.Null);
    }
}

/// <summary>A list written out, for <c>in</c>.</summary>
sealed class ListNode(IReadOnlyList<Node> items) : Node
{
    public override Value Evaluate(in EvaluationScope scope) => Value.Of(new Items([.. Evaluated(scope)]));

    List<Value> Evaluated(in EvaluationScope scope)
    {
        var values = new List<Value>(items.Count);
        foreach (var item in items)
            values.Add(item.Evaluate(scope));
        return values;
    }

    /// <summary>A list answers only whether it holds a text.</summary>
    sealed class Items(Value[] values) : ValueMap
    {
        public override Value Find(string name) =>
            Array.Exists(values, value => value.Kind == ValueKind.Text && value.Text == name) ? Value.Of(true) : Value.Undefined;
    }
}

/// <summary>A filter, a function or a method with its arguments; the first argument is what it is applied to.</summary>
sealed class CallNode(Function function, IReadOnlyList<Node> arguments) : Node
{
    public override Value Evaluate(in EvaluationScope scope)
    {
        var values = new Value[arguments.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = arguments[i].Evaluate(scope);
        return function.Apply(values, scope);
    }
}
