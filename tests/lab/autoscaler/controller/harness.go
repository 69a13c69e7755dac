//go:build ignore

// The world around the controller's own functions: it steps through loads as reconcileAutoscaler
// does, on a clock of its own. record.py adds the functions, taken from Kubernetes' source.
package main

import (
	"encoding/json"
	"math"
	"os"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/labels"
)

var now = time.Unix(1_000_000, 0)

func clock() time.Time { return now }

type metricsFake struct{ usage int64 }

func (m metricsFake) GetExternalMetric(string, string, labels.Selector) ([]int64, time.Time, error) {
	return []int64{m.usage}, now, nil
}

type ReplicaCalculator struct{ metricsClient metricsFake }

type Run struct {
	Min, Max, Start int32
	Target          int64
	Behavior        *autoscalingv2.HorizontalPodAutoscalerBehavior
	Steps           []Step
}

type Step struct {
	WaitMilliseconds int64
	Usage            int64
	Desired          int32
	Limit            string
}

func main() {
	var runs []Run
	if err := json.NewDecoder(os.Stdin).Decode(&runs); err != nil {
		panic(err)
	}
	for i := range runs {
		follow(&runs[i])
	}
	if err := json.NewEncoder(os.Stdout).Encode(runs); err != nil {
		panic(err)
	}
}

func follow(run *Run) {
	const key = "one"
	a := newController()
	tolerances := Tolerances{scaleDown: 0.1, scaleUp: 0.1}
	if b := run.Behavior; b != nil {
		window := int32(a.downscaleStabilisationWindow.Seconds())
		b.ScaleUp, b.ScaleDown = GenerateHPAScaleUpRules(b.ScaleUp), GenerateHPAScaleDownRules(b.ScaleDown)
		if b.ScaleDown.StabilizationWindowSeconds == nil {
			b.ScaleDown.StabilizationWindowSeconds = &window
		}
		if b.ScaleDown.Tolerance != nil {
			tolerances.scaleDown = b.ScaleDown.Tolerance.AsApproximateFloat64()
		}
		if b.ScaleUp.Tolerance != nil {
			tolerances.scaleUp = b.ScaleUp.Tolerance.AsApproximateFloat64()
		}
	}
	current := run.Start
	for i := range run.Steps {
		step := &run.Steps[i]
		now = now.Add(time.Duration(step.WaitMilliseconds) * time.Millisecond)
		a.recordInitialRecommendation(current, key)
		step.Desired, step.Limit = a.decide(run, key, current, step.Usage, tolerances)
		if step.Desired != current {
			a.storeScaleEvent(run.Behavior, key, current, step.Desired)
		}
		current = step.Desired
	}
}

func (a *HorizontalController) decide(run *Run, key string, current int32, usage int64, tolerances Tolerances) (int32, string) {
	if current > run.Max {
		return run.Max, ""
	}
	if current < run.Min {
		return run.Min, ""
	}
	c := &ReplicaCalculator{metricsFake{usage}}
	wanted, _, _, err := c.GetExternalPerPodMetricReplicas(current, run.Target, "", tolerances, "", nil)
	if err != nil {
		panic(err)
	}
	if run.Behavior == nil {
		desired, limit, _ := convertDesiredReplicasWithRules(current, a.stabilizeRecommendation(key, wanted), run.Min, run.Max)
		return desired, limit
	}
	args := NormalizationArg{
		Key: key, ScaleUpBehavior: run.Behavior.ScaleUp, ScaleDownBehavior: run.Behavior.ScaleDown,
		MinReplicas: run.Min, MaxReplicas: run.Max, CurrentReplicas: current, DesiredReplicas: wanted,
	}
	args.DesiredReplicas, _, _ = a.stabilizeRecommendationWithBehaviors(args)
	desired, limit, _ := a.convertDesiredReplicasWithBehaviorRate(args)
	return desired, limit
}

func newController() *HorizontalController {
	return &HorizontalController{
		downscaleStabilisationWindow: 5 * time.Minute,
		recommendations:              map[string][]timestampedRecommendation{},
		scaleUpEvents:                map[string][]timestampedScaleEvent{},
		scaleDownEvents:              map[string][]timestampedScaleEvent{},
	}
}

var _ = math.MaxInt32
