using Kombo.Testing;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Kombo.Kubernetes.Tests.Contract;

/// <summary>
/// A fact of the contract suite. It is inherited by a class for each cluster; where that class needs a control plane and there
/// is none, it is skipped with the reason.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Kombo.Kubernetes.Tests.Contract.ContractFactDiscoverer", "Kombo.Kubernetes.Tests")]
public sealed class ContractFactAttribute : FactAttribute;

/// <summary>On a class: its tests talk to a real API server.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsControlPlaneAttribute : Attribute;

public sealed class ContractFactDiscoverer(IMessageSink sink) : FactDiscoverer(sink)
{
    protected override IXunitTestCase CreateTestCase(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        new ContractTestCase(
            DiagnosticMessageSink,
            discoveryOptions.MethodDisplayOrDefault(),
            discoveryOptions.MethodDisplayOptionsOrDefault(),
            testMethod);
}

public sealed class ContractTestCase : XunitTestCase
{
    // For the runner, which makes one to read the case back.
    [Obsolete("Called by the runner only")]
    public ContractTestCase()
    {
    }

    public ContractTestCase(
        IMessageSink sink, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod testMethod)
        : base(sink, display, options, testMethod)
    {
    }

    protected override string GetSkipReason(IAttributeInfo factAttribute) =>
        TestMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsControlPlaneAttribute)).Any()
            ? Requirements.SkipReason(Need.ControlPlane)! // null: not skipped
            : base.GetSkipReason(factAttribute);
}
