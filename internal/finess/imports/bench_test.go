package imports_test

import (
	"fmt"
	"strings"
	"testing"

	"hygie/internal/finess"
	"hygie/internal/finess/imports"
	"hygie/internal/store/storetest"
	"hygie/internal/territory/official"
)

// country is a stock file of the size of France: n establishments, two an entity, in every department.
func country(n int) string {
	var departments []string
	for _, region := range official.Regions() {
		departments = append(departments, region.Departments...)
	}
	var b strings.Builder
	b.WriteString("finess;etalab;111;2026-05-04\n")
	for i := range n {
		fields := make([]string, 32)
		copy(fields, []string{"structureet", fmt.Sprintf("%09d", 10_000_000+i), fmt.Sprintf("%09d", 500_000_000+i/2), fmt.Sprintf("ETABLISSEMENT D’ESSAI %d", i)})
		fields[13], fields[15], fields[18] = departments[i/2%len(departments)], "01990 VILLE D’ESSAI", "500"
		b.WriteString(strings.Join(fields, ";") + "\n")
	}
	return b.String()
}

func BenchmarkRead(b *testing.B) {
	text := country(10_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := finess.Read(b.Context(), strings.NewReader(text), finess.Limits{}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkImport measures a first import and one that has nothing to do.
func BenchmarkImport(b *testing.B) {
	const n = 10_000
	file, err := finess.Read(b.Context(), strings.NewReader(country(n)), finess.Limits{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			db := storetest.SQLite(b)
			b.StartTimer()
			apply(b, db, file, imports.Options{})
		}
		b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "structures/s")
	})
	b.Run("again", func(b *testing.B) {
		db := storetest.SQLite(b)
		apply(b, db, file, imports.Options{})
		b.ReportAllocs()
		for b.Loop() {
			apply(b, db, file, imports.Options{})
		}
		b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "structures/s")
	})
}
